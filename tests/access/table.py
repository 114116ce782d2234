"""Who may come through which door: every root field. A new one is entered here, or the build fails."""

from typing import Final, NamedTuple

from ordergraph.kernel.actor import Role

S, N = "SERVES", "NULL"
U, F, M = "UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND"
"""What is answered: something, null, or an error of this code."""


class Door(NamedTuple):
    """What each asker is answered about Ada's things and Nordic Lamps'."""

    nobody: str
    buyer: str
    seller: str
    operator: str
    other_buyer: str
    other_seller: str


# fmt: off
EVERYBODY = Door(S, S, S, S, S, S)
USERS     = Door(U, S, S, S, S, S)
SIDES     = Door(U, S, S, S, N, N)
FOLLOWERS = Door(U, S, S, S, M, M)
OPERATORS = Door(U, F, F, S, F, F)

READS: Final[dict[str, Door]] = {
    # field                            who is answered what
    "Query.node":                      SIDES,
    "Query.nodes":                     SIDES,
    "Query.viewer":                    USERS,
    "Query.order":                     SIDES,
    "Query.orderByNumber":             SIDES,
    "Query.dispute":                   SIDES,
    "Query.refunds":                   OPERATORS,
    "Query.disputes":                  OPERATORS,
    "Query.disputeQueue":              OPERATORS,
    "Query.decisionTemplates":         OPERATORS,
    "Query.policy":                    OPERATORS,
    "Query.deadLetters":               OPERATORS,
    "Query.ledgerHealth":              OPERATORS,
    "Query.webhookEndpoints":          OPERATORS,
    "Query.webhookDeliveries":         OPERATORS,
    "Query.webhookEventTypes":         OPERATORS,
    "Query.reasons":                   EVERYBODY,
    "Query.now":                       EVERYBODY,
    "Subscription.orderUpdated":       FOLLOWERS,
    "Subscription.refundUpdated":      FOLLOWERS,
    "Subscription.disputeUpdated":     FOLLOWERS,
    "Subscription.messageAdded":       FOLLOWERS,
    "Subscription.notificationAdded":  USERS,
}

BUYER, SELLER, STAFF = Role.BUYER, Role.SELLER, Role.OPERATOR
WRITES: Final[dict[str, set[Role]]] = {
    # mutation                         who may ever do it, to things of theirs; a stranger never
    "orderPlace":                      {BUYER, STAFF},
    "orderMarkDelivered":              {SELLER, STAFF},  # for the carrier STAFF alone: test_carrier.py
    "orderConfirmReceipt":             {BUYER},
    "orderShip":                       {SELLER},
    "orderCancel":                     {BUYER, SELLER, STAFF},
    "cancellationApprove":             {SELLER},
    "cancellationReject":              {SELLER},
    "cancellationWithdraw":            {BUYER},
    "refundRelease":                   {SELLER, STAFF},
    "refundHold":                      {STAFF},
    "refundResume":                    {STAFF},
    "refundCancel":                    {STAFF},
    "refundRetry":                     {STAFF},
    "refundChangeMethod":              {BUYER, STAFF},
    "refundFail":                      {STAFF},
    "refundCreate":                    {SELLER, STAFF},
    "disputeOpen":                     {BUYER},
    "disputeAccept":                   {SELLER},
    "disputeRefuse":                   {SELLER},
    "disputeWithdraw":                 {BUYER},
    "disputeEscalate":                 {BUYER},
    "disputeEvidenceRequest":          {STAFF},
    "disputeOfferMake":                {BUYER, SELLER},
    "disputeOfferAccept":              {BUYER, SELLER},
    "disputeOfferDecline":             {BUYER, SELLER},
    "disputeOfferWithdraw":            {BUYER, SELLER},
    "disputeExtensionAsk":             {BUYER, SELLER},
    "disputeExtensionGrant":           {BUYER, SELLER},
    "disputeDecide":                   {STAFF},
    "disputeDecisionConfirm":          {STAFF},
    "disputeDecisionReject":           {STAFF},
    "disputeAssign":                   {STAFF},
    "disputeRelease":                  {STAFF},
    "disputeAppeal":                   {BUYER, SELLER},
    "appealGrant":                     {STAFF},
    "appealDeny":                      {STAFF},
    "appealWithdraw":                  {BUYER, SELLER},
    "messageSend":                     {BUYER, SELLER, STAFF},
    "threadMarkRead":                  {BUYER, SELLER, STAFF},
    "returnAddressSet":                {SELLER},
    "returnShip":                      {BUYER},
    "returnMarkDelivered":             {STAFF},
    "returnAcknowledge":               {SELLER},
    "disputeNoteAdd":                  {STAFF},
    "disputeEvidenceAdd":              {BUYER, SELLER},
    "attachmentCreate":                {BUYER, SELLER, STAFF},
    "attachmentConfirm":               {BUYER, SELLER, STAFF},
    "disputeLimitSet":                 {BUYER, SELLER},
    "sellerRulesPublish":              {SELLER},
    "withdrawalStart":                 {BUYER},
    "withdrawalConfirm":               {BUYER},
    "emailNotificationsSet":           {BUYER, SELLER, STAFF},
    "notificationsMarkRead":           {BUYER, SELLER, STAFF},
    "deadLetterRetry":                 {STAFF},
    "testClockAdvance":                {STAFF},
    "webhookEndpointCreate":           {STAFF},
    "webhookEndpointUpdate":           {STAFF},
    "webhookEndpointDelete":           {STAFF},
    "webhookEndpointEnable":           {STAFF},
    "webhookEndpointDisable":          {STAFF},
    "webhookEndpointReplay":           {STAFF},
    "webhookEndpointRotateSecret":     {STAFF},
    "webhookEndpointTest":             {STAFF},
    "webhookDeliveryReplay":           {STAFF},
}
# fmt: on
