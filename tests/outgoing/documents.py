"""What operators send about webhooks."""

ENDPOINT = """
  webhookEndpoint { id url description eventTypes status disabledReason deletedAt oldSecretUntil }"""
ERROR = "__typename ... on UserError { message }"

CREATE = f"""
mutation Create($url: String!, $types: [String!], $about: String! = "Shop") {{
  webhookEndpointCreate(input: {{url: $url, eventTypes: $types, description: $about}}) {{
    {ERROR}
    ... on WebhookEndpointCreateSuccess {{ secret {ENDPOINT} }}
    ... on InvalidInputError {{ field }}
    ... on TooManyWebhookEndpointsError {{ most }}
  }}
}}"""

UPDATE = f"""
mutation Update($input: WebhookEndpointUpdateInput!) {{
  webhookEndpointUpdate(input: $input) {{
    {ERROR} ... on WebhookEndpointUpdateSuccess {{ {ENDPOINT} }}
  }}
}}"""

ROTATE = f"""
mutation Rotate($id: ID!) {{
  webhookEndpointRotateSecret(input: {{endpointId: $id}}) {{
    {ERROR} ... on WebhookEndpointRotateSecretSuccess {{ secret {ENDPOINT} }}
  }}
}}"""


def simple(verb: str) -> str:
    """The document of a mutation that takes an endpoint and shows it."""
    return f"""
mutation M($id: ID!) {{
  webhookEndpoint{verb}(input: {{endpointId: $id}}) {{
    {ERROR} ... on WebhookEndpoint{verb}Success {{ {ENDPOINT} }}
  }}
}}"""


TEST = f"""
mutation Test($id: ID!, $type: String! = "webhook.test") {{
  webhookEndpointTest(input: {{endpointId: $id, eventType: $type}}) {{
    {ERROR}
    ... on WebhookEndpointTestSuccess {{ webhookDelivery {{ id eventType status }} }}
  }}
}}"""

REPLAY_SPAN = f"""
mutation Replay($id: ID!, $since: DateTime!) {{
  webhookEndpointReplay(input: {{endpointId: $id, since: $since}}) {{
    {ERROR} ... on WebhookEndpointReplaySuccess {{ {ENDPOINT} }}
  }}
}}"""

REPLAY = f"""
mutation Replay($id: ID!) {{
  webhookDeliveryReplay(input: {{deliveryId: $id}}) {{
    {ERROR}
    ... on WebhookDeliveryReplaySuccess {{ webhookDelivery {{ id status attemptCount }} }}
  }}
}}"""

ENDPOINTS = """
query Endpoints($first: Int! = 20, $after: String) {
  webhookEndpoints(first: $first, after: $after) {
    nodes { id url status }
    pageInfo { hasNextPage endCursor }
  }
}"""

DELIVERIES = """
query Deliveries($endpoint: ID, $status: WebhookDeliveryStatus, $first: Int! = 20) {
  webhookDeliveries(endpointId: $endpoint, status: $status, first: $first) {
    nodes {
      id messageId eventType payload status attemptCount occurredAt deliveredAt
      endpoint { id url }
      attempts { id number outcome statusCode problem excerpt durationMs }
    }
  }
}"""

TYPES = "{ webhookEventTypes { name description members } }"
NODE = "query N($id: ID!) { node(id: $id) { __typename id } }"
