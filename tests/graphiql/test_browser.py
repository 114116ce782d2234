"""The story, clicked in a real Chromium: tabs, personas, ids, subscriptions that stay."""

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest

from ordergraph.graphiql import stories
from tests.graphiql.browser import Page

PLAY = "document.querySelector('.graphiql-execute-button')"
ANSWER = "(document.querySelector('.result-window')?.innerText ?? '').replaceAll('\\u00a0', ' ')"
PERSONA = "document.querySelector('#bar select')"
VARIABLES = "document.querySelector('[aria-label=\"Variables\"] .view-lines')?.innerText ?? ''"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"

NO_LISTS = "arg mismatch between arg and selection"
"""What the explorer plugin writes into the console for an argument that is a list: it cannot show one."""


def tab(name: str) -> str:
    buttons = "[...document.querySelectorAll('.graphiql-tab-button')]"
    return f"{buttons}.find((button) => button.textContent === '{name}')"


def button(words: str) -> str:
    return (
        "[...document.querySelectorAll('button')]"
        f".find((button) => button.textContent.includes('{words}'))"
    )


class Explorer:
    """GraphiQL as a person uses it."""

    def __init__(self, page: Page, personas: list[dict[str, str]]) -> None:
        self.page = page
        self.personas = personas

    def persona(self, role: str, position: int = 0) -> dict[str, str]:
        return [person for person in self.personas if person["role"] == role][position]

    async def acts_as(self, persona: dict[str, str]) -> None:
        await self.page.until(f"{PERSONA}.value === '{persona['name']}'")

    async def choose(self, persona: dict[str, str]) -> None:
        """Pick in the select by its keyboard, the way that needs no drawn menu."""
        await self.page.evaluate(f"{PERSONA}.focus()")
        await self.page.evaluate(
            f"{PERSONA}.value = '{persona['name']}';"
            f"{PERSONA}.dispatchEvent(new Event('change', {{bubbles: true}}))"
        )
        await self.acts_as(persona)

    async def turn_to(self, name: str) -> None:
        await self.page.click(tab(name))
        await self.page.until(
            "document.querySelector('[aria-label=\"Operation Editor\"] .view-lines')?.innerText"
            f".replaceAll('\\u00a0', ' ').includes(' {name}')"
        )
        # GraphiQL reads the name of the operation a tenth of a second after the text.
        await self.page.evaluate("new Promise((done) => setTimeout(done, 300))")

    async def play(self, name: str, expected: str) -> None:
        await self.turn_to(name)
        await self.page.click(PLAY)
        await self.page.until(f"{ANSWER}.includes('{expected}')")

    async def events(self, name: str, at_least: int) -> list[str]:
        """Return what the strip shows of this subscription once it shows so many events."""
        row = (
            "[...document.querySelectorAll('#live > ul > li')]"
            f".find((row) => row.innerText.includes('{name}'))"
        )
        texts = f"[...({row}?.querySelectorAll('ol li:not(.waiting)') ?? [])].map((li) => li.title)"
        await self.page.until(f"{texts}.length >= {at_least}")
        return await self.page.evaluate(texts)

    def posted(self, name: str) -> dict[str, str]:
        """Return the headers with which this operation was last posted."""
        return next(
            request["headers"]
            for request in reversed(self.page.requests)
            if f" {name}" in json.loads(request.get("postData", "{}")).get("query", "")
        )

    async def tokens_said(self, at_least: int) -> list[str]:
        """Return the tokens of all sockets, once there were so many: the browser reports late."""
        async with asyncio.timeout(10):
            while len(said := self._tokens_said()) < at_least:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.05)
        return said

    def _tokens_said(self) -> list[str]:
        frames = self.page.frames_sent
        return [f["payload"]["Authorization"] for f in frames if f["type"] == "connection_init"]


@pytest.fixture
async def personas(live_server_url: str) -> list[dict[str, str]]:
    async with httpx.AsyncClient(base_url=live_server_url) as client:
        return (await client.get("/dev/personas")).json()


@pytest.fixture
async def explorer(
    page: Page, live_server_url: str, personas: list[dict[str, str]]
) -> AsyncIterator[Explorer]:
    await page.visit(f"{live_server_url}/graphiql")
    await page.until(
        "Boolean(document.querySelector('.view-line') && document.querySelector('select'))"
    )
    yield Explorer(page, personas)
    # Whatever a test did: nothing went elsewhere, and the page had nothing to complain about.
    asked = [request["url"] for request in page.requests] + page.sockets
    assert {urlsplit(url).hostname for url in asked if not url.startswith("data:")} == {"127.0.0.1"}
    assert [said for said in page.complaints if NO_LISTS not in said] == []


async def test_the_tabs_stand_ready_in_the_order_of_the_story(explorer: Explorer) -> None:
    shown = await explorer.page.evaluate(
        "[...document.querySelectorAll('.graphiql-tab-button')].map((b) => b.textContent)"
    )

    assert shown == [story.names[0] for story in stories.read()]
    assert f"1/{len(shown)} Place an order" in await explorer.page.evaluate("bar.innerText")
    await explorer.acts_as(explorer.persona("BUYER"))


async def test_a_buyer_cancels_and_watches_the_refund_while_the_seller_releases_it(
    explorer: Explorer,
) -> None:
    await explorer.play("PlaceOrder", "OrderPlaceSuccess")
    await explorer.play("MyPurchases", "blockedBy")
    await explorer.play("CancelOrder", "OrderCancelSuccess")
    await explorer.play("WatchRefund", "SCHEDULED")
    await explorer.turn_to("ReleaseRefund")
    await explorer.acts_as(explorer.persona("SELLER"))
    await explorer.page.click(PLAY)
    await explorer.page.until(f"{ANSWER}.includes('RefundReleaseSuccess')")

    seen = await explorer.events("WatchRefund", at_least=2)

    assert seen[0] == "SCHEDULED"
    assert seen[1] != "SCHEDULED"
    buyer, seller = explorer.persona("BUYER"), explorer.persona("SELLER")
    assert await explorer.tokens_said(at_least=1) == [f"Bearer {buyer['token']}"]
    assert explorer.posted("CancelOrder")["Authorization"] == f"Bearer {buyer['token']}"
    assert explorer.posted("ReleaseRefund")["Authorization"] == f"Bearer {seller['token']}"


async def test_the_story_of_a_dispute_has_an_order_of_its_own(explorer: Explorer) -> None:
    """Those of the market are disputed already, of another seller, or over once a tour has passed."""
    await explorer.play("MyPurchases", "blockedBy")
    await explorer.play("OrderAgain", "OrderPlaceSuccess")
    await explorer.play("ShipOrder", "OrderShipSuccess")
    await explorer.play("ConfirmReceipt", "OrderConfirmReceiptSuccess")
    await explorer.play("OpenDispute", "DisputeOpenSuccess")
    await explorer.turn_to("WatchThread")
    await explorer.page.click(PLAY)

    await explorer.play("SendMessage", "MessageSendSuccess")

    assert await explorer.events("WatchThread", at_least=1)


async def test_back_in_its_tab_a_subscription_shows_its_newest_event(explorer: Explorer) -> None:
    await explorer.play("PlaceOrder", "OrderPlaceSuccess")
    await explorer.play("CancelOrder", "OrderCancelSuccess")
    await explorer.play("WatchRefund", "SCHEDULED")
    await explorer.play("ReleaseRefund", "RefundReleaseSuccess")
    await explorer.events("WatchRefund", at_least=2)

    await explorer.turn_to("WatchRefund")

    await explorer.page.until(f"{ANSWER}.includes('SUCCEEDED')")  # nothing comes after that


async def test_changing_the_persona_reconnects_the_subscription_of_the_open_tab(
    explorer: Explorer,
) -> None:
    await explorer.play("PlaceOrder", "OrderPlaceSuccess")
    await explorer.play("CancelOrder", "OrderCancelSuccess")
    await explorer.play("WatchRefund", "SCHEDULED")

    await explorer.choose(explorer.persona("SELLER"))

    seller = f"as {explorer.persona('SELLER')['displayName']}"
    await explorer.page.until(f"live.innerText.includes('{seller}')")
    await explorer.events("WatchRefund", at_least=1)
    assert await explorer.tokens_said(at_least=2) == [
        f"Bearer {explorer.persona(role)['token']}" for role in ("BUYER", "SELLER")
    ]


async def test_stopping_a_subscription_ends_it(explorer: Explorer) -> None:
    await explorer.play("PlaceOrder", "OrderPlaceSuccess")
    await explorer.play("CancelOrder", "OrderCancelSuccess")
    await explorer.play("WatchRefund", "SCHEDULED")

    await explorer.page.click(PLAY)

    await explorer.page.until("live.innerText === ''")
    assert [frame["type"] for frame in explorer.page.frames_sent][-1] == "complete"


async def test_the_ids_of_answers_fill_placeholders_but_never_what_was_typed(
    explorer: Explorer,
) -> None:
    await explorer.play("PlaceOrder", "OrderPlaceSuccess")
    await explorer.turn_to("CancelOrder")
    first = await explorer.page.evaluate(VARIABLES)
    assert "orderId" in first
    assert "run PlaceOrder first" not in first

    await explorer.page.evaluate(
        "__MONACO.editor.getEditors().find((e) => e.getValue().includes('orderId') "
        "&& e.getValue().startsWith('{')).setValue('{\"orderId\": \"typed\"}')"
    )
    await explorer.page.evaluate("new Promise((done) => setTimeout(done, 300))")
    await explorer.play("PlaceOrder", "OrderPlaceSuccess")
    await explorer.turn_to("CancelOrder")

    assert '"typed"' in await explorer.page.evaluate(VARIABLES)


async def test_a_tab_picks_its_persona_once_and_then_only_offers_it(explorer: Explorer) -> None:
    await explorer.turn_to("ReleaseRefund")
    await explorer.acts_as(explorer.persona("SELLER"))

    await explorer.turn_to("PlaceOrder")
    await explorer.acts_as(explorer.persona("SELLER"))
    await explorer.page.click(button("This step is the buyer"))

    await explorer.acts_as(explorer.persona("BUYER"))


async def test_each_press_of_play_on_a_mutation_carries_a_fresh_idempotency_key(
    explorer: Explorer,
) -> None:
    await explorer.play("PlaceOrder", "OrderPlaceSuccess")
    first = explorer.posted("PlaceOrder")["Idempotency-Key"]
    await explorer.play("MyPurchases", "blockedBy")
    await explorer.play("PlaceOrder", "OrderPlaceSuccess")
    await explorer.page.click(PLAY)
    await explorer.page.until("!document.querySelector('.graphiql-spinner')")

    assert explorer.posted("PlaceOrder")["Idempotency-Key"] != first
    assert "Idempotency-Key" not in explorer.posted("MyPurchases")


async def test_a_key_that_the_text_says_itself_is_the_only_one(explorer: Explorer) -> None:
    await explorer.turn_to("PlaceOrder")
    await explorer.page.evaluate(
        "(() => { const editor = __MONACO.editor.getEditors().find((e) => "
        "e.getValue().includes('mutation PlaceOrder')); editor.setValue(editor.getValue()"
        ".replace(/\\n {2}\\) \\{/, '\\n  ) @idempotent(key: \"mine\") {')); })()"
    )

    await explorer.page.evaluate("new Promise((done) => setTimeout(done, 800))")
    await explorer.page.click(PLAY)
    await explorer.page.until(f"{ANSWER}.includes('OrderPlaceSuccess')")

    last = next(each for each in reversed(explorer.page.requests) if "postData" in each)
    assert '@idempotent(key: \\"mine\\")' in last["postData"]
    assert "Idempotency-Key" not in explorer.posted("PlaceOrder")


async def test_docs_history_and_explorer_open(explorer: Explorer) -> None:
    panes = {
        "Documentation Explorer": "Docs",
        "History": "History",
        "GraphiQL Explorer": "Explorer",
    }
    for label, title in panes.items():
        await explorer.page.click(f"document.querySelector('[aria-label=\"Show {label}\"]')")
        await explorer.page.until(
            f"document.querySelector('.graphiql-plugin')?.innerText.includes('{title}')"
        )


async def test_it_follows_the_darkness_of_the_system(explorer: Explorer) -> None:
    light = await explorer.page.evaluate(BACKGROUND)

    await explorer.page.look(width=1440, height=900, scheme="dark")

    assert light == "rgb(255, 255, 255)"
    await explorer.page.until(f"{BACKGROUND} === 'rgb(33, 42, 59)'")


async def test_nothing_is_wider_than_a_phone(explorer: Explorer) -> None:
    await explorer.page.look(width=390, height=800, scheme="light")

    await explorer.page.until("innerWidth === 390")
    assert await explorer.page.evaluate("document.documentElement.scrollWidth") == 390


async def test_without_personas_a_pasted_token_is_used(
    page: Page, live_server_url: str, personas: list[dict[str, str]]
) -> None:
    token = next(person["token"] for person in personas if person["role"] == "BUYER")
    await page.make_absent("*/dev/personas")
    await page.visit(f"{live_server_url}/graphiql")
    await page.click("document.querySelector('input[aria-label=Token]')")
    await page.write(token)
    await page.click(button("Use"))
    await page.until("bar.innerText.includes('In use')")

    explorer = Explorer(page, personas)
    await explorer.play("PlaceOrder", "OrderPlaceSuccess")

    assert explorer.posted("PlaceOrder")["Authorization"] == f"Bearer {token}"
    assert await page.evaluate("document.querySelector('#bar select')") is None


async def test_a_refused_token_is_told_where_the_subscription_would_answer(
    page: Page, live_server_url: str
) -> None:
    await page.make_absent("*/dev/personas")
    await page.visit(f"{live_server_url}/graphiql")
    await page.click("document.querySelector('input[aria-label=Token]')")
    await page.write("not-a-token")
    await page.click(button("Use"))
    await page.until("bar.innerText.includes('In use')")

    await Explorer(page, []).play("WatchRefund", "The server refused the token (4403)")


async def test_tabs_and_filled_ids_outlive_a_reload_until_they_are_reset(
    explorer: Explorer, live_server_url: str
) -> None:
    ready = "document.querySelectorAll('.graphiql-tab-button').length"
    own = len(stories.read())
    await explorer.play("PlaceOrder", "OrderPlaceSuccess")
    await explorer.turn_to("CancelOrder")
    await explorer.page.click("document.querySelector('.graphiql-tab-add')")
    await explorer.page.until(f"{ready} === {own + 1}")
    await explorer.page.evaluate("new Promise((done) => setTimeout(done, 800))")

    await explorer.page.evaluate("window.before = true")
    await explorer.page.visit(f"{live_server_url}/graphiql")
    await explorer.page.until(f"!window.before && {ready} === {own + 1}")
    await explorer.page.until("Boolean(document.querySelector('.view-line'))")
    await explorer.play("PlaceOrder", "OrderPlaceSuccess")
    answer = "".join((await explorer.page.evaluate(ANSWER)).split())  # a long line is broken
    newest = answer.split('"id":"')[1].split('"')[0]
    await explorer.turn_to("CancelOrder")
    assert newest in await explorer.page.evaluate(VARIABLES)

    await explorer.page.click(button("Reset tabs"))
    await explorer.page.until(f"{ready} === {own}")
