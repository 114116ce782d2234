"""The post-purchase API that shops do not ship: cancellations, promised refunds, disputes."""
