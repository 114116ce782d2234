"""The environment: what is read, what is refused, what is never shown."""

import re
from pathlib import Path

import pytest

from ordergraph.infra import running
from ordergraph.kernel.money import Money
from ordergraph.kernel.policy import NUMBERS
from ordergraph.settings import (
    PolicyOverrides,
    Settings,
    SettingsError,
    known,
    load,
    settings,
)

DATABASE = {"ORDERGRAPH_DATABASE_URL": "postgres://ann:hush@db:5432/shop"}


def test_an_empty_environment_gives_the_defaults(tmp_path: Path) -> None:
    loaded = load({"ORDERGRAPH_DATA_DIR": str(tmp_path)})

    assert (loaded.host, loaded.port) == ("127.0.0.1", 8000)
    assert loaded.database_url is None
    assert loaded.policy == PolicyOverrides()
    assert loaded.test_clock is False


def test_names_of_others_and_empty_values_are_left_alone() -> None:
    loaded = load(DATABASE | {"PORT": "1", "ORDERGRAPH_PORT": ""})

    assert loaded.port == 8000


def test_an_unknown_variable_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SettingsError) as refusal:
        load({"ORDERGRAPH_DATABSE_URL": "postgres://h/x"})

    assert str(refusal.value) == (
        "unknown setting ORDERGRAPH_DATABSE_URL: did you mean ORDERGRAPH_DATABASE_URL?"
    )


def test_an_unknown_variable_like_no_other_is_refused_without_advice() -> None:
    with pytest.raises(SettingsError, match=r"^unknown setting ORDERGRAPH_POLICY__XYZZYQUUXFROB$"):
        load({"ORDERGRAPH_POLICY__XYZZYQUUXFROB": "1"} | DATABASE)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("ORDERGRAPH_PORT", "abc", "valid integer"),
        ("ORDERGRAPH_PORT", "70000", "less than or equal to 65535"),
        ("ORDERGRAPH_LOG_LEVEL", "loud", "'DEBUG', 'INFO'"),
        ("ORDERGRAPH_TEST_CLOCK", "perhaps", "valid boolean"),
        ("ORDERGRAPH_POLICY__HOLD_MAX_S", "-1", "greater than or equal to 0"),
        ("ORDERGRAPH_REFUND_LEASE_S", "0", "greater than 0"),
    ],
)
def test_a_bad_value_is_refused_in_one_line(name: str, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(DATABASE | {name: text})

    assert str(refusal.value).startswith(f"{name}={text!r}: ")
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ORDERGRAPH_DATABASE_URL", "mysql://ann:hush@db/shop"),
        ("ORDERGRAPH_REPLICA_URL", "mysql://ann:hush@db/shop"),
        ("ORDERGRAPH_REDIS_URL", "http://:hush@db"),
        ("ORDERGRAPH_JWT_SECRET", "hush"),
    ],
)
def test_a_bad_secret_is_refused_and_not_quoted(name: str, text: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load({name: text})

    assert str(refusal.value).startswith(f"{name}: should ")
    assert "hush" not in str(refusal.value)


def test_no_secret_shows_in_a_repr() -> None:
    """E3."""
    loaded = load(
        DATABASE
        | {"ORDERGRAPH_REDIS_URL": "redis://:hush@r:6379/0", "ORDERGRAPH_JWT_SECRET": "hush" * 8}
    )

    assert "hush" not in repr(loaded) + str(loaded)
    assert loaded.jwt_secret is not None
    assert loaded.jwt_secret.get_secret_value() == "hush" * 8


def test_a_gateways_options_are_its_own_affair_and_taken_as_they_are() -> None:
    loaded = load(
        DATABASE
        | {
            "ORDERGRAPH_GATEWAY": "mine",
            "ORDERGRAPH_GATEWAY_OPTIONS__API_KEY": "123",
            "ORDERGRAPH_GATEWAY_OPTIONS__REGION__NAME": '{"eu": true}',
            "ORDERGRAPH_GATEWAY_OPTIONS__EMPTY": "",
        }
    )

    assert loaded.told_gateway() == {"api_key": "123", "region__name": '{"eu": true}'}


def test_the_sandboxs_delay_is_told_to_the_sandbox_only() -> None:
    delay = DATABASE | {"ORDERGRAPH_SANDBOX_DELAY_S": "0.5"}
    slow = {"ORDERGRAPH_GATEWAY_OPTIONS__SLOW_S": "1"}

    assert load(delay | slow).told_gateway() == {"delay_s": "0.5", "slow_s": "1"}
    assert load(delay | {"ORDERGRAPH_GATEWAY": "mine"}).told_gateway() == {}


@pytest.mark.parametrize("name", ["ORDERGRAPH_GATEWAY_OPTIONS", "ORDERGRAPH_GATEWAY_OPTIONS__"])
def test_an_option_without_a_name_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^unknown setting {name}"):
        load(DATABASE | {name: "{}"})


def test_no_option_shows_in_a_repr() -> None:
    loaded = load(DATABASE | {"ORDERGRAPH_GATEWAY_OPTIONS__API_KEY": "hush"})

    assert "hush" not in repr(loaded) + str(loaded)


def test_the_policy_is_overridden_number_by_number() -> None:
    loaded = load(DATABASE | {"ORDERGRAPH_POLICY__CANCEL_WINDOW_S": "60"})

    assert loaded.policy == PolicyOverrides(cancel_window_s=60)


def test_a_switch_of_the_policy_is_overridden_too() -> None:
    loaded = load(DATABASE | {"ORDERGRAPH_POLICY__LATE_CANCELLATION": "true"})

    assert loaded.policy == PolicyOverrides(late_cancellation=True)


def test_above_a_limit_a_decision_needs_two_and_a_bad_one_is_refused_at_the_start() -> None:
    name = "ORDERGRAPH_SECOND_OPERATOR_OVER"

    loaded = load(DATABASE | {name: "EUR=500.00,JPY=60000"})

    assert loaded.limits() == {"EUR": Money(50_000, "EUR"), "JPY": Money(60_000, "JPY")}
    assert load(DATABASE).limits() == {}
    with pytest.raises(SettingsError) as refusal:
        load(DATABASE | {name: "EUR=5.001"})
    assert str(refusal.value) == f"{name}='EUR=5.001': EUR has 2 decimals"


def test_every_number_of_the_policy_can_be_overridden() -> None:
    assert set(PolicyOverrides.model_fields) == set(NUMBERS)


def test_a_number_beyond_its_limit_is_refused_in_one_line() -> None:
    with pytest.raises(SettingsError) as refusal:
        load(DATABASE | {"ORDERGRAPH_POLICY__REFUND_DELAY_S": "5184001"})

    assert str(refusal.value) == (
        "ORDERGRAPH_POLICY__REFUND_DELAY_S='5184001': Input should be less than or equal to 5184000"
    )


def test_both_spellings_of_a_postgres_url_become_one() -> None:
    loaded = load({"ORDERGRAPH_DATABASE_URL": "postgresql://db/shop"})

    assert loaded.database_url == "postgres://db/shop"


def test_a_command_without_servers_says_which_variable_to_set(tmp_path: Path) -> None:
    loaded = load(DATABASE | {"ORDERGRAPH_DATA_DIR": str(tmp_path)})

    with pytest.raises(SettingsError, match=r"^ORDERGRAPH_REDIS_URL is not set"):
        loaded.servers()


def test_a_running_dev_fills_the_gaps_and_only_them(tmp_path: Path) -> None:
    env = {"ORDERGRAPH_DATA_DIR": str(tmp_path), "ORDERGRAPH_PORT": "9000"}
    note = {"ORDERGRAPH_REDIS_URL": "redis://127.0.0.1:1/0", "ORDERGRAPH_PORT": "8001"} | DATABASE

    with running.sole(tmp_path) as place:
        place.write(note)
        joined, alone = load(env), load(env, join_dev=False)
        elsewhere = load(env | {"ORDERGRAPH_DATABASE_URL": "postgres://other/x"})
    afterwards = load(env)

    assert joined.servers() == (DATABASE["ORDERGRAPH_DATABASE_URL"], "redis://127.0.0.1:1/0")
    assert joined.port == 9000
    assert alone.database_url is None
    assert elsewhere.redis_url is None
    assert afterwards.database_url is None


def test_the_note_of_a_dead_dev_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / running.NOTE).write_text("# process 1\nORDERGRAPH_DATABASE_URL=postgres://x/y\n")

    assert running.read(tmp_path) == {}


def test_the_note_is_for_its_owner_only(tmp_path: Path) -> None:
    with running.sole(tmp_path):
        assert (tmp_path / running.NOTE).stat().st_mode & 0o077 == 0


def test_a_folder_has_one_dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PATIENCE_S", 0.1)

    with running.sole(tmp_path) as note:
        note.write({})
        with (
            pytest.raises(running.AlreadyRunningError, match=r"\(process \d+\)"),
            running.sole(tmp_path),
        ):
            pytest.fail("two at once")


def test_the_process_reads_its_environment_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in known() if name != "ORDERGRAPH_DATABASE_URL"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ORDERGRAPH_DATABASE_URL", "postgres://first/x")
    settings.cache_clear()

    first = settings()
    monkeypatch.setenv("ORDERGRAPH_DATABASE_URL", "postgres://second/x")
    second = settings()
    settings.cache_clear()

    assert first is second


def test_every_variable_is_described_in_a_sentence() -> None:
    assert len(known()) == len(Settings.model_fields) - 1 + len(PolicyOverrides.model_fields)
    for name, field in known().items():
        assert re.fullmatch(r"[A-Z].*\.", field.description or ""), name


def test_options_of_the_storage_are_taken_as_they_are_and_not_shown() -> None:
    given = {"ORDERGRAPH_STORAGE": "s3", "ORDERGRAPH_STORAGE_OPTIONS__SECRET_KEY": '{"a": 1}'}

    loaded = load(DATABASE | given)

    assert loaded.told_storage() == {"secret_key": '{"a": 1}'}
    assert '"a"' not in repr(loaded)
