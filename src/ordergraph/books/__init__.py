"""The books: whether ledger, payments, refunds, timelines and the gateway's journal agree."""
