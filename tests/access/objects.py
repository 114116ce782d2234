"""Who sees which field of an object that they see. A new field is entered here, or the build fails.

Connections, edges, what a mutation answers and errors show what whoever asked for them may see.
"""

from typing import Final

from ordergraph.kernel.actor import Role

BUYER, SELLER, STAFF = Role.BUYER, Role.SELLER, Role.OPERATOR

NOT_FOR_ALL: Final[dict[str, set[Role]]] = {
    # type, or type and field: who alone sees it; a side sees what is its own
    "Attachment":                     {BUYER, SELLER},
    "DeadLetter":                     {STAFF},
    "DecisionTemplate":               {STAFF},
    "InternalNote":                   {STAFF},
    "LedgerBalance":                  {STAFF},
    "LedgerDifference":               {STAFF},
    "LedgerHealth":                   {STAFF},
    "LedgerReconciliation":           {STAFF},
    "LedgerTotals":                   {STAFF},
    "Policy":                         {STAFF},
    "PolicyNumber":                   {STAFF},
    "PrivateLimit":                   {BUYER, SELLER},
    "RefundAttempt":                  {STAFF},
    "SellerRule":                     {SELLER, STAFF},
    "SellerRules":                    {SELLER, STAFF},
    "WebhookAttempt":                 {STAFF},
    "WebhookDelivery":                {STAFF},
    "WebhookEndpoint":                {STAFF},
    "WebhookEventKind":               {STAFF},
    "Dispute.assignedTo":             {STAFF},
    "Dispute.myLimit":                {BUYER, SELLER},
    "Dispute.proposal":               {STAFF},
    "DisputeDecision.confirmedBy":    {STAFF},
    "DisputeDecision.proposedAt":     {STAFF},
    "DisputeDecision.proposedBy":     {STAFF},
    "OpenDisputes.open":              {BUYER},
    "Refund.attempts":                {STAFF},
    "Viewer.returnAddress":           {SELLER},
    "Viewer.sellerRules":             {SELLER},
    "WithdrawalStatement.contactEmail": {BUYER},
}  # fmt: skip
"""Attachments, here: Ada's and Nordic Lamps' drafts. What hangs on something, all see who see that."""

FIELDS: Final[dict[str, str]] = {
    "Appeal": (
        "id status madeBy text amountAsked amountGranted madeAt endedAt endedBy answer dispute "
        "evidence refund actions deadlines"
    ),
    "AppealAction": "kind available until blockedBy",
    "Attachment": "id fileName contentType size status sha256 createdAt expiresAt upload download",
    "Cancellation": (
        "id status whole note requestedBy requestedAt canceledAt decidedAt decidedBy answer order "
        "reason refund lines actions deadlines"
    ),
    "CancellationAction": "kind available until blockedBy",
    "CancellationLine": "quantity line",
    "CancellationPreview": "amount shipping adjustment request whole method dueAt blockedBy",
    "DeadLetter": "id work subject problem failures firstFailedAt lastFailedAt retryAt",
    "Deadline": "kind dueAt waitingFor consequence",
    "DecisionTemplate": "handle outcome reasonHandle label text",
    "Dispute": (
        "offers buyerOffer sellerOffer myLimit lines returnAddress evidence evidenceChecklist "
        "evidencePack assignedTo decision proposal appeals messages unreadCount readCursors "
        "internalNotes id stage status outcome decidedBy decisionNote description asked "
        "amountRequested amountApproved openedAt closedAt returnTerms returnShipment messageCount "
        "extensionAsked extensions order reason refund actions deadlines"
    ),
    "DisputeAction": "kind available until blockedBy",
    "DisputeDecision": (
        "id status outcome amount returnPaidBy note decidedAt dispute template label text "
        "proposedAt proposedBy confirmedBy answer"
    ),
    "DisputeLine": "quantity line",
    "DisputePreview": (
        "maximum returnShipping returnPaidBy sellerAnswersInSeconds sellerRefundsInSeconds "
        "opensAt until evidenceChecklist blockedBy"
    ),
    "Document": "id kind language text sha256 createdAt url",
    "Event": "id type actor occurredAt hash summary",
    "Evidence": "id type note authorRole submittedAt author dispute attachments",
    "EvidenceChecklist": "items providedCount totalCount missing",
    "EvidenceChecklistItem": "side type required provided",
    "EvidencePack": "json pdf",
    "InternalNote": "id body writtenAt author dispute",
    "LedgerBalance": "account balance",
    "LedgerDifference": "kind orderNumber subject expected found order",
    "LedgerHealth": "balanced totals refundsOverdue oldestRefundDueAt lastReconciliation",
    "LedgerReconciliation": "at since orderCount differenceCount differences",
    "LedgerTotals": "currencyCode balanced escrow balances",
    "Message": (
        "id kind eventType authorRole sentAt body warning author dispute attachments readByOtherAt"
    ),
    "Money": "amount currencyCode",
    "Notification": "id type side createdAt readAt title order dispute withdrawal",
    "Offer": "id madeBy byRule type status amount returnPaidBy madeAt endedAt dispute",
    "OpenDisputes": "open most",
    "Order": (
        "id number status total shipping policyVersion placedAt cancelableUntil shippedAt carrier "
        "trackingNumber promisedAt deliveredAt carrierReference protectionEndsAt canceledAt "
        "completedAt buyer seller lines paymentStatus refunded refundable canCancel actions "
        "deadlines cancellation refunds dispute disputes withdrawal cancellationPreview disputePreview "
        "timeline timelineIntegrity"
    ),
    "OrderAction": "kind available until opensAt blockedBy",
    "OrderLine": (
        "id sku title quantity canceledQuantity returnedQuantity refundedQuantity unitPrice discount "
        "tax paid refunded excludedFromWithdrawal refundedTax"
    ),
    "Policy": "version publishedAt numbers",
    "PolicyNumber": "name value usual meaning",
    "PrivateLimit": "amount setAt changesLeft",
    "ReadCursor": "role cursor readAt message",
    "Reason": "id handle context fault retired label suggestedMessage",
    "Refund": (
        "id amount shipping adjustment status cause method borneBy note createdAt dueAt sentAt "
        "settledAt pendingReason pendingReasonText failureReason bankReference order steps lines "
        "attempts actions deadlines"
    ),
    "RefundAction": "kind available until blockedBy",
    "RefundAttempt": "number outcome startedAt finishedAt problem",
    "RefundLine": "quantity amount line",
    "RefundStep": "kind state at",
    "Reputation": "orders cancellations disputes cancellationRate disputeRate",
    "RequestHeader": "name value",
    "ReturnAddress": "id lines countryCode estimatedCost changedAt",
    "ReturnShipment": "carrier trackingNumber shippedAt deliveredAt answer cost paidBy",
    "ReturnTerms": "paidBy cost",
    "SellerRule": "currency acceptUpTo offerToKeep",
    "SellerRules": "id version publishedAt rules",
    "TemporaryLink": "url expiresAt headers",
    "TimelineIntegrity": "intact events brokenAt lastHash",
    "User": "id displayName externalId reputation",
    "Viewer": (
        "purchases sales storeCredit disputes openDisputes returnAddress sellerRules sellerRulesHistory "
        "notifications emailNotifications unreadNotificationCount user"
    ),
    "WebhookAttempt": (
        "id number outcome statusCode problem excerpt startedAt finishedAt durationMs"
    ),
    "WebhookDelivery": (
        "id messageId eventType payload status attemptCount occurredAt createdAt nextAttemptAt "
        "deliveredAt endpoint attempts"
    ),
    "WebhookEndpoint": (
        "id url description eventTypes status disabledReason disabledAt failingSince "
        "oldSecretUntil createdAt deletedAt"
    ),
    "WebhookEventKind": "name description members",
    "Withdrawal": (
        "id startedAt lapsesAt confirmedAt status statement order cancellation dispute "
        "acknowledgement"
    ),
    "WithdrawalLine": "quantity amount line",
    "WithdrawalStatement": (
        "name contactEmail refund shipping wholeOrder returnPaidBy sendBackBy refundBy lines text"
    ),
}
"""Every field there is, by the object that it belongs to."""
