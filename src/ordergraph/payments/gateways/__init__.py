"""Payment gateways: the protocol, and those that ship with ordergraph."""
