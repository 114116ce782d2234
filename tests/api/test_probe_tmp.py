import logging
from tests.market import *
class Count(logging.Handler):
    def __init__(s): super().__init__(); s.n=[]
    def emit(s,r): s.n.append(r.getMessage())
async def count(market,a,d,**v):
    h=Count(); l=logging.getLogger("tortoise.db_client"); l.addHandler(h); old=l.level; l.setLevel(10)
    try: await market.ask(a,d,**v)
    finally: l.removeHandler(h); l.setLevel(old)
    return h.n
FULL='''query($n:Int!){viewer{purchases(first:$n){edges{node{ id buyer{displayName} seller{displayName} lines{title} paymentStatus refunded{amount} refundable{amount} canCancel actions{kind blockedBy{message}} deadlines{kind} cancellation{reason{label} refund{id} order{id}} refunds{id order{id} lines{line{title}} actions{kind}} cancellationPreview{amount{amount}} }}}}}'''
async def test_probe(market):
    os=[await market.place() for _ in range(12)]
    C='mutation($i:ID!){orderCancel(input:{orderId:$i,reasonHandle:"other"}){__typename ...on UserError{message}}}'
    for o in os[::2]: await market.ask(ADA,C,i=gid("Order",o.id))
    for n in (3,12):
        x=await count(market,ADA,FULL,n=n); print("COUNT",n,len(x))
    x=await count(market,ADA,"query($i:[ID!]!){nodes(ids:$i){id ... on Order{lines{title}}}}",i=[gid("Order",o.id) for o in os]); print("COUNT nodes",len(x))
    for y in x: print("SQL",y[:150])
    x=await count(market,ADA,"query($i:ID!){order(id:$i){timeline{edges{node{summary}}}}}",i=gid("Order",os[0].id)); print("COUNT tl",len(x))
