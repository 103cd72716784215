"""What people and programs may do in a room, on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)

from app.config import Settings
from app.rooms import store as store_module
from app.rooms.names import ALPHABET, as_code, new_code
from app.rooms.service import NAME
from app.rooms.store import Store

from .conftest import SPIRAL, Class, Person


def code_of(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]  # type: ignore[attr-defined]


# ── opening and joining ──────────────────────────────────────────────────────────────────────────


def test_a_room_has_a_code_and_addresses(rooms_app: Flask) -> None:
    """Nothing to sign up for; the teacher's secret is in the part of the address that stays."""
    said = rooms_app.test_client().post("/api/rooms", json={})
    assert said.status_code == 201
    room = said.json
    assert set(room["code"]) <= set(ALPHABET)
    assert room["join_url"].endswith(f"/r/{room['code']}")
    assert room["wall_url"].endswith(f"/r/{room['code']}/wall")
    assert room["teacher_url"].endswith(f"/r/{room['code']}/teacher#{room['teacher_token']}")
    assert room["join_qr"].startswith("data:image/svg+xml")


def test_a_code_has_no_letters_that_look_alike() -> None:
    """Typed in small letters, with spaces and dashes, it is the same code."""
    for pair in ("0O", "1I", "1L", "2Z", "5S", "6G", "8B", "UV", "VY"):
        assert not set(pair) <= set(ALPHABET), pair
    code = new_code()
    assert as_code(f" {code[:3].lower()}-{code[3:]} ") == code
    assert as_code("O0O0O0") is None


def test_pupils_have_names_of_their_own(lesson: Class) -> None:
    """No two in a room are called the same."""
    joined = [lesson.join() for _ in range(40)]
    assert len({pupil.name for pupil in joined}) == 40
    assert [pupil.number for pupil in joined] == list(range(1, 41))


def test_who_comes_back_is_the_same_pupil(lesson: Class) -> None:
    """The token is the seat."""
    pupil = lesson.join()
    pupil.hand_in()
    seat = pupil.ask("GET").json["pupil"]
    assert (seat["name"], seat["handed_in"]) == (pupil.name, 1)


def test_a_room_that_is_full_says_so(lesson: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MOST_PUPILS", 2)
    lesson.join(), lesson.join()
    refused = lesson.client.post(f"/api/rooms/{lesson.code}/pupils", json={})
    assert code_of(refused) == (409, "room_full")


def test_an_instance_has_so_many_rooms(
    rooms_app: Flask, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A room that is deleted makes room."""
    with store.database.reading() as connection:
        rooms = connection.execute(store_module.rooms.select()).all()
    monkeypatch.setattr(store, "most_rooms", len(rooms) + 1)
    client = rooms_app.test_client()
    first = client.post("/api/rooms", json={}).json
    assert code_of(client.post("/api/rooms", json={})) == (503, "too_many_rooms")
    teacher = Person(client, first["code"], first["teacher_token"])
    assert teacher.ask("DELETE").status_code == 200
    assert client.post("/api/rooms", json={}).status_code == 201


# ── handing in ───────────────────────────────────────────────────────────────────────────────────


def test_a_drawing_is_handed_in_once(lesson: Class) -> None:
    """201 and then 200 with the same reading; on the wall it is there once."""
    pupil = lesson.join()
    its_id = str(uuid.uuid4())
    first, second = pupil.hand_in(id=its_id), pupil.hand_in(id=its_id)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert first.json["reading"]["digit"] == 7
    wall = lesson.wall().json
    assert [drawing["id"] for drawing in wall["drawings"]] == [its_id]
    assert wall["stats"]["drawings"] == 1


def test_a_drawing_that_comes_twice_at_once_is_there_once(rooms_app: Flask, lesson: Class) -> None:
    """As when a phone gives up on an answer that is on its way, and sends again."""
    pupil = lesson.join()
    its_id, answers = str(uuid.uuid4()), []

    def send() -> None:
        other = Person(rooms_app.test_client(), pupil.code, pupil.token)
        answers.append(other.hand_in(id=its_id).status_code)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 200, 200, 201]
    wall = lesson.wall().json
    assert (len(wall["drawings"]), wall["stats"]["drawings"]) == (1, 1)


def test_the_answer_is_the_servers(lesson: Class) -> None:
    """A client cannot send a reading, a name, or anything but numbers."""
    pupil = lesson.join()
    assert code_of(pupil.hand_in(reading={"digit": 3})) == (400, "bad_json")
    assert code_of(pupil.hand_in(strokes="<script>")) == (400, "bad_json")
    assert code_of(pupil.hand_in(strokes=[[["<b>", 1]]])) == (400, "bad_strokes")
    assert code_of(pupil.hand_in(id="<svg onload=alert(1)>")) == (400, "bad_json")
    assert code_of(pupil.hand_in(strokes=[])) == (400, "nothing_sent")
    assert lesson.wall().json["drawings"] == []


def test_limits_of_a_pupil(lesson: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """Points a drawing and drawings a minute; each says so kindly, and the next pupil may."""
    monkeypatch.setattr(store_module, "MOST_A_MINUTE", 2)
    pupil, other = lesson.join(), lesson.join()
    many = [[[x, x % 7] for x in range(store_module.MOST_POINTS + 1)]]
    assert code_of(pupil.hand_in(many)) == (413, "too_many_points")
    assert pupil.hand_in().status_code == pupil.hand_in().status_code == 201
    refused = pupil.hand_in()
    assert code_of(refused) == (429, "too_fast")
    assert int(refused.headers["Retry-After"]) > 0
    assert other.hand_in().status_code == 201


def test_a_pupil_may_hand_in_thirty_a_minute() -> None:
    """Fast drawers are not held up."""
    assert store_module.MOST_A_MINUTE >= 30


def test_a_room_has_so_many_drawings(lesson: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MOST_DRAWINGS", 1)
    pupil = lesson.join()
    assert pupil.hand_in().status_code == 201
    assert code_of(pupil.hand_in()) == (409, "room_full")


def test_no_digit_waits_for_the_teacher(lesson: Class) -> None:
    """The wall knows that there is a drawing, and not what it looks like."""
    pupil = lesson.join()
    said = pupil.hand_in(SPIRAL).json
    assert said["reading"]["verdict"] == "not_a_digit"
    (seen,) = lesson.wall().json["drawings"]
    assert (seen["hidden"], seen["waiting"], seen["strokes"]) == (True, True, [])
    assert seen["reading"] is None
    (queued,) = lesson.teacher.wall()["drawings"]
    assert queued["strokes"] == SPIRAL
    path = f"/drawings/{queued['id']}"
    assert lesson.teacher.ask("PATCH", path, {"hidden": False}).status_code == 200
    (seen,) = lesson.wall().json["drawings"]
    assert (seen["hidden"], seen["strokes"]) == (False, SPIRAL)


def test_another_pupils_id_is_taken(lesson: Class) -> None:
    """Nobody hands in over somebody else's drawing; in another room the id is free."""
    mine, other = lesson.join(), lesson.join()
    its_id = mine.hand_in().json["id"]
    assert code_of(other.hand_in(id=its_id)) == (409, "id_taken")


# ── rounds ───────────────────────────────────────────────────────────────────────────────────────


def test_tasks_are_balanced(lesson: Class) -> None:
    """At any time, the class has been given each digit about as often."""
    lesson.teacher.start("draw")
    pupils = [lesson.join() for _ in range(20)]
    tasks = [pupil.ask("GET").json["pupil"]["tasks"] for pupil in pupils]
    for turn in range(10):
        assert set(Counter(order[turn] for order in tasks).values()) == {2}
    assert all(sorted(order) == list(range(10)) for order in tasks)


def test_a_drawing_without_a_task_gets_the_next(lesson: Class) -> None:
    """A program need not count; a page says for which task it was drawn."""
    lesson.teacher.start("draw")
    pupil = lesson.join()
    tasks = pupil.ask("GET").json["pupil"]["tasks"]
    pupil.hand_in(), pupil.hand_in(), pupil.hand_in(task=tasks[9])
    given = [drawing["task"] for drawing in lesson.wall().json["drawings"]]
    assert given == [tasks[0], tasks[1], tasks[9]]


def test_a_late_drawing_counts_in_the_round_it_was_drawn_in(lesson: Class) -> None:
    """It waited on a phone without a network while the teacher went on."""
    first = lesson.teacher.start("draw")
    pupil = lesson.join()
    lesson.teacher.start("free")
    assert pupil.hand_in(round=first, task=7).status_code == 201
    (drawing,) = lesson.wall().json["drawings"]
    assert (drawing["round"], drawing["task"]) == (first, 7)


def test_a_round_pauses_goes_on_and_ends(lesson: Class) -> None:
    """The pupils' pages see it, and the ending says what we learned."""
    number = lesson.teacher.start("draw")
    pupil = lesson.join()
    pupil.hand_in(task=7), pupil.hand_in(task=1)
    for state in ("paused", "running", "ended"):
        path = f"/rounds/{number}"
        assert lesson.teacher.ask("PATCH", path, {"state": state}).status_code == 200
        assert pupil.ask("GET").json["round"]["state"] == state
    ending = lesson.wall().json["round"]["ending"]
    assert "50 % of our 2 drawings" in ending["sentences"][0]
    assert len(ending["drawings"]) == 1


def test_fool_the_network(lesson: Class) -> None:
    """A drawing that is read wrong goes to the others; what most of them read decides."""
    lesson.teacher.start("fool")
    artist, *voters = [lesson.join() for _ in range(4)]
    its_id = artist.hand_in(task=1).json["id"]  # a 7 that is meant as a 1
    right_one = artist.hand_in(task=7).json["id"]
    assert artist.ask("GET", "/ballot").json == {"drawing": None}
    for voter, digit in zip(voters, (1, 1, 7), strict=True):
        assert voter.ask("GET", "/ballot").json["drawing"]["id"] == its_id
        vote = {"drawing": its_id, "digit": digit}
        assert voter.ask("POST", "/votes", vote).status_code == 201
        voter.ask("POST", "/votes", {"drawing": its_id, "digit": 4})  # the first word counts
        assert voter.ask("GET", "/ballot").json == {"drawing": None}
    own = artist.ask("POST", "/votes", {"drawing": its_id, "digit": 1})
    assert own.status_code == 400
    seen = {drawing["id"]: drawing for drawing in lesson.wall().json["drawings"]}
    assert (seen[its_id]["votes"], seen[its_id]["votes_right"]) == (3, 2)
    assert seen[right_one]["votes"] == 0
    lesson.teacher.ask("PATCH", f"/rounds/{seen[its_id]['round']}", {"state": "ended"})
    ending = lesson.wall().json["round"]["ending"]
    assert ending["drawings"] == [its_id]
    assert artist.name in " ".join(ending["sentences"])


def test_guess_the_network(lesson: Class) -> None:
    """A bet comes with the drawing; the ending tells how many were won."""
    number = lesson.teacher.start("guess")
    pupil = lesson.join()
    assert code_of(pupil.hand_in()) == (400, "bad_json")
    pupil.hand_in(bet=7), pupil.hand_in(bet=1), pupil.hand_in(SPIRAL, bet="not_a_digit")
    lesson.teacher.ask("PATCH", f"/rounds/{number}", {"state": "ended"})
    wall = lesson.wall().json
    assert [drawing["bet"] for drawing in wall["drawings"]] == [7, 1, "not_a_digit"]
    assert wall["round"]["ending"]["sentences"][0] == (
        "We knew what Inkling would say in 50 % of 2 bets."  # the third waits for the teacher
    )


# ── the wall ─────────────────────────────────────────────────────────────────────────────────────


def test_the_wall_gives_what_is_new(lesson: Class) -> None:
    """By cursor; with the tag of the last answer it says 304, and a change ends that."""
    pupil = lesson.join()
    first = pupil.hand_in().json["id"]
    whole = lesson.wall()
    tag = {"If-None-Match": whole.headers["ETag"]}
    assert lesson.wall(whole.json["cursor"], **tag).status_code == 304
    second = pupil.hand_in().json["id"]
    news = lesson.wall(whole.json["cursor"], **tag).json
    assert [drawing["id"] for drawing in news["drawings"]] == [second]
    lesson.teacher.ask("PATCH", f"/drawings/{first}", {"hidden": True})
    (changed,) = lesson.wall(news["cursor"]).json["drawings"]
    assert (changed["id"], changed["hidden"], changed["strokes"]) == (first, True, [])


def test_a_long_wall_comes_in_pages(lesson: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each drawing once, whatever is handed in meanwhile."""
    monkeypatch.setattr("app.rooms.api.PAGE", 3)
    pupil = lesson.join()
    sent = [pupil.hand_in().json["id"] for _ in range(7)]
    seen, page = [], {"cursor": 0, "more": True}
    while page["more"]:
        page = lesson.wall(page["cursor"]).json
        seen += [drawing["id"] for drawing in page["drawings"]]
    assert seen == sent


def test_a_cursor_of_another_time_gives_everything(lesson: Class) -> None:
    """A database that was put back from a backup counts from before."""
    lesson.join().hand_in()
    assert len(lesson.wall(999_999).json["drawings"]) == 1
    assert code_of(lesson.wall("-1")) == (400, "bad_request")  # type: ignore[arg-type]


def test_the_figures_are_of_what_is_shown(lesson: Class) -> None:
    """Right and wrong by digit; what is hidden does not count."""
    lesson.teacher.start("draw")
    pupil = lesson.join()
    pupil.hand_in(task=7)
    wrong = pupil.hand_in(task=1).json["id"]
    stats = lesson.wall().json["stats"]
    assert (stats["labelled"], stats["right"]) == (2, 1)
    assert (stats["confusion"][7][7], stats["confusion"][1][7]) == (1, 1)
    lesson.teacher.ask("PATCH", f"/drawings/{wrong}", {"hidden": True})
    assert lesson.wall().json["stats"]["labelled"] == 1


# ── the teacher ──────────────────────────────────────────────────────────────────────────────────

TEACHERS = [
    ("PATCH", "", {"closed": True}),
    ("PATCH", "", {"large": None}),
    ("DELETE", "", None),
    ("GET", "/addresses", None),
    ("GET", "/pupils", None),
    ("PATCH", "/pupils/1", {"muted": True}),
    ("POST", "/rounds", {"kind": "draw"}),
    ("PATCH", "/rounds/1", {"state": "paused"}),
    ("PATCH", "/drawings/{drawing}", {"hidden": True}),
    ("GET", "/export.zip", None),
]


@pytest.mark.parametrize(("method", "path", "body"), TEACHERS)
def test_only_the_teacher_may(
    open_room: Callable[[], Class], method: str, path: str, body: object
) -> None:
    """Not a pupil, not the teacher of another room, not who has no token; and nothing changed."""
    lesson, other = open_room(), open_room()
    pupil = lesson.join()
    path = path.format(drawing=pupil.hand_in().json["id"])
    before = lesson.wall().json
    for token in (pupil.token, other.teacher.token, "", "é"):
        stranger = Person(lesson.client, lesson.code, token)
        assert code_of(stranger.ask(method, path, body)) == (404, "no_room")
    missing = lesson.client.open(f"/api/rooms/{lesson.code}{path}", method=method, json=body)
    assert code_of(missing) == (401, "bad_token")
    assert lesson.wall().json == before


def test_a_muted_pupil_is_off_the_wall_and_can_come_back(lesson: Class) -> None:
    """With what they handed in before and will hand in. They are not told."""
    loud, quiet = lesson.join(), lesson.join()
    loud.hand_in(), quiet.hand_in()
    cursor = lesson.wall().json["cursor"]
    path = f"/pupils/{loud.number}"
    lesson.teacher.ask("PATCH", path, {"muted": True})
    assert loud.hand_in().status_code == 201
    assert [d["hidden"] for d in lesson.wall(cursor).json["drawings"]] == [True, True]
    assert lesson.wall().json["stats"]["drawings"] == 1
    lesson.teacher.ask("PATCH", path, {"muted": False})
    assert lesson.wall().json["stats"]["drawings"] == 3


def test_who_is_here_and_who_handed_in(lesson: Class) -> None:
    pupil = lesson.join()
    pupil.hand_in()
    lesson.teacher.start("draw")
    (row,) = lesson.teacher.ask("GET", "/pupils").json["pupils"]
    assert row == {
        "pupil": 1, "name": pupil.name, "muted": False, "here": True, "handed_in": 0, "drawings": 1
    }  # fmt: skip


def test_one_drawing_large(lesson: Class) -> None:
    its_id = lesson.join().hand_in().json["id"]
    assert lesson.teacher.ask("PATCH", "", {"large": its_id}).status_code == 200
    assert lesson.wall().json["large"] == its_id
    strange = lesson.teacher.ask("PATCH", "", {"large": str(uuid.uuid4())})
    assert strange.status_code == 404
    lesson.teacher.ask("PATCH", "", {"large": None})
    assert lesson.wall().json["large"] is None


def test_a_closed_room_takes_nothing_more(lesson: Class) -> None:
    """What is there can still be seen and taken home; a drawing that came is still acknowledged."""
    pupil = lesson.join()
    its_id = pupil.hand_in().json["id"]
    assert lesson.teacher.ask("PATCH", "", {"closed": True}).status_code == 200
    assert code_of(pupil.hand_in()) == (409, "room_closed")
    assert pupil.hand_in(id=its_id).status_code == 200
    assert code_of(lesson.client.post(f"/api/rooms/{lesson.code}/pupils", json={})) == (
        409, "room_closed",
    )  # fmt: skip
    assert len(lesson.wall().json["drawings"]) == 1
    assert lesson.teacher.ask("GET", "/export.zip").status_code == 200


def test_a_room_expires_with_all_that_is_in_it(
    lesson: Class, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its hours nobody finds it, and nothing of it is in any table."""
    voter, pupil = lesson.join(), lesson.join()
    lesson.teacher.start("fool")
    its_id = pupil.hand_in(task=1).json["id"]
    voter.ask("POST", "/votes", {"drawing": its_id, "digit": 1})
    later = store_module.time.time() + store.hours * 3600 + 1
    monkeypatch.setattr(store_module.time, "time", lambda: later)
    assert code_of(lesson.wall()) == (404, "no_room")
    store.delete_expired()
    with store.database.reading() as connection:
        for table in store_module.rooms.metadata.sorted_tables:
            assert connection.execute(table.select()).all() == [], table.name


def test_what_no_database_could_number_is_not_found(lesson: Class) -> None:
    """A number too large, and a name that is no id: PostgreSQL would refuse to look for them."""
    for path, body in (
        ("/pupils/38323820848", {"muted": True}),
        ("/rounds/38323820848", {"state": "ended"}),
        ("/drawings/%00", {"hidden": True}),
    ):
        assert code_of(lesson.teacher.ask("PATCH", path, body)) == (404, "not_found")


# ── guessing ─────────────────────────────────────────────────────────────────────────────────────


def test_wrong_codes_are_counted_by_network(settings: Settings, recognizer: object) -> None:
    """After so many, a right code is not found either; who has a token goes on."""
    from dataclasses import replace

    from app import create_app
    from app.rooms import limits

    app = create_app(replace(settings, ratelimit_enabled=True), recognizer)  # type: ignore[arg-type]
    client = app.test_client()
    said = client.post("/api/rooms", json={}).json
    lesson = Class(client, Person(client, said["code"], said["teacher_token"]))
    pupil = lesson.join()
    for _ in range(limits.WRONG_GUESSES[0] + 1):
        assert code_of(client.get(f"/api/rooms/{new_code()}")) == (404, "no_room")
    assert lesson.wall().status_code == 429
    assert client.get(f"/r/{lesson.code}").status_code == 429
    assert pupil.hand_in().status_code == 201
    app.extensions[NAME].database.close()


def test_no_secret_is_in_the_log(lesson: Class, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a token nor a code: a line has the route."""
    with caplog.at_level("DEBUG"):
        pupil = lesson.join()
        pupil.hand_in()
        lesson.teacher.start("draw")
        lesson.teacher.ask("GET", "/export.zip")
    for secret in (pupil.token, lesson.teacher.token, lesson.code):
        assert secret not in caplog.text


# ── against its own document ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
def test_the_api_keeps_to_its_document(
    lesson: Class, rooms_app: Flask, mode: GenerationMode
) -> None:
    """Whatever is sent by a pupil, the teacher or a stranger: never a 500, nor another shape."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", rooms_app)
    operations = [r.ok() for r in schema.get_all_operations() if r.ok().path != "/openapi.json"]
    operations = [operation for operation in operations if "/rooms" in operation.path]
    assert len(operations) >= 15
    not_promised = [positive_data_acceptance, negative_data_rejection, ignored_auth]
    people = [lesson.teacher.token, lesson.join().token, "nobody"]

    for operation in operations:
        has_wrong = operation.method != "get" or operation.path.endswith("/wall")
        if operation.method == "delete" or operation.path.endswith(".zip"):
            continue  # the room is wanted; test_export.py has the zip
        if not (mode is GenerationMode.POSITIVE or has_wrong):
            continue  # a GET without parameters has no wrong

        @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy(generation_mode=mode))
        def keeps_to_it(case: schemathesis.Case) -> None:
            for token in people:
                if "code" in (case.path_parameters or {}) and token != "nobody":
                    case.path_parameters["code"] = lesson.code
                case.headers["Authorization"] = f"Bearer {token}"
                case.call_and_validate(excluded_checks=not_promised)

        try:
            keeps_to_it()
        except Exception as error:  # say which
            error.add_note(f"{operation.method} {operation.path}")
            raise


def test_every_route_is_in_the_document(rooms_app: Flask, client: FlaskClient) -> None:
    documented = {
        (path, method.upper())
        for path, methods in rooms_app.test_client().get("/openapi.json").json["paths"].items()
        for method in methods
    }
    routes = {
        (re.sub(r"<([^<>]*:)?(\w+)>", r"{\2}", rule.rule), method)
        for rule in rooms_app.url_map.iter_rules()
        if rule.endpoint.startswith("rooms.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routes <= documented
