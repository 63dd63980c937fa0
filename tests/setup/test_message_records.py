"""The benchmark of messages: what its figures are made of."""

import json
from pathlib import Path

from benchmarks.messages.records import Asked, Taken, Taker, compared, most_in_a_second, rate


def taken(*moments: float) -> list[Taken]:
    return [Taken(at, ("+91", f"message {number}")) for number, at in enumerate(moments)]


def test_what_is_lost_doubled_or_made_up_is_found_by_comparing_two_records() -> None:
    asked = Asked({("+91", f"message {number}"): 0.0 for number in range(4)})
    took = [*taken(1, 2, 3), Taken(4, ("+91", "message 1")), Taken(5, ("+92", "message 1"))]
    assert compared(asked, took) == {
        "asked": 4,
        "accepted": 5,
        "lost": 1,
        "duplicates": 1,
        "never_asked": 1,
    }


def test_the_rate_leaves_out_the_outage_and_what_was_taken_in_it() -> None:
    # One each second from 0 to 100, and nothing but one message while the database was away.
    moments = [float(at) for at in range(101) if not 40 <= at < 60] + [50.0]
    achieved, outage = rate(taken(*moments), share=1.0, asked=len(moments), away=[(39.5, 59.5)])
    assert outage == 20.0
    assert achieved == 81 / 80


def test_the_rate_does_not_wait_for_the_last_that_killed_workers_held() -> None:
    moments = [at / 100 for at in range(990)] + [100.0] * 10
    achieved, _outage = rate(taken(*moments), share=0.99, asked=1000, away=[])
    assert 99 < achieved < 101


def test_the_most_in_a_second_is_found_across_its_borders() -> None:
    assert most_in_a_second(taken(0.0, 0.9, 1.0, 1.1, 1.85, 3.0)) == 4


def test_a_line_that_is_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    record = tmp_path / "accepted.jsonl"
    line = json.dumps({"at": 1.0, "to": "+91", "body": "one"}) + "\n"
    record.write_text(line + line[:9])
    taker = Taker(tmp_path)
    assert taker.look() == 1
    record.write_text(line + line.replace("one", "two"))
    assert taker.look() == 2
    assert [one.what[1] for one in taker.taken] == ["one", "two"]
