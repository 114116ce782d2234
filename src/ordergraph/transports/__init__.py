"""How operations reach us, over HTTP and sockets; knows no domain."""
