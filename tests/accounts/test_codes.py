from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from accounts import codes
from accounts.models import Code

pytestmark = pytest.mark.django_db(transaction=True)
HERE, ELSEWHERE = "this browser's secret", "another browser's secret"


def ask(email="kari@example.com", browser=HERE, **more):
    more = {"purpose": Code.Purpose.SIGN_IN} | more
    return codes.request(email=email, browser=browser, **more)


def check(digits, email="kari@example.com", browser=HERE, **more):
    more = {"purpose": Code.Purpose.SIGN_IN} | more
    return codes.check(email=email, browser=browser, digits=digits, **more)


def wrong_for(code):
    return f"{(int(codes.digits(code)) + 1) % 1_000_000:06d}"


def refusal(digits, **more):
    with pytest.raises(ValidationError) as refused:
        check(digits, **more)
    return refused.value


def grow_old(code, **durations):
    past = timezone.now() - timedelta(**durations)
    Code.objects.filter(pk=code.pk).update(made_at=past, expires_at=past + codes.LIFETIME)


def test_the_right_digits_prove_the_address_once(posted):
    code = ask()

    assert check(codes.digits(code)).pk == code.pk
    assert refusal(codes.digits(code)).code == "none"


@pytest.mark.parametrize("typed", ["{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}", " {0}\n", "{0}."])
def test_digits_are_understood_as_people_type_them(posted, typed):
    code = ask()

    assert check(typed.format(codes.digits(code)))


def test_digits_of_other_scripts_are_digits(posted):
    code = ask()

    check("".join(chr(0x0660 + int(digit)) for digit in codes.digits(code)))


def test_mail_addresses_have_no_case(posted):
    check(codes.digits(ask("Kari@Example.com ")), "KARI@example.com")


def test_five_wrong_tries_end_a_code_and_say_so(posted):
    code = ask()
    refusals = [refusal(wrong_for(code)) for _ in range(5)]

    assert [r.code for r in refusals] == ["wrong"] * 4 + ["dead"]
    assert "4 tries left" in refusals[0].message
    assert "1 try left" in refusals[3].message
    assert refusal(codes.digits(code)).code == "dead"


def test_codes_are_not_tried_where_a_rollback_could_give_the_try_back(posted):
    code = ask()

    with pytest.raises(RuntimeError), transaction.atomic():
        check(wrong_for(code))


def test_parallel_guesses_share_the_five_tries(posted):
    code = ask()
    digits = codes.digits(code)

    def guess(_):
        try:
            return refusal(wrong_for(code)).code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(guess, range(24)))

    assert answers.count("wrong") == 4
    assert refusal(digits).code == "dead"


def test_the_right_digits_in_parallel_sign_in_once(posted):
    digits = codes.digits(ask())

    def use(_):
        try:
            check(digits)
            return 1
        except ValidationError:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(use, range(16))) == 1


def test_an_old_code_is_refused_with_its_reason(posted):
    code = ask()
    grow_old(code, minutes=10, seconds=1)

    assert refusal(codes.digits(code)).code == "expired"


@pytest.mark.parametrize(
    "other",
    [
        {"browser": ELSEWHERE},
        {"email": "ola@example.com"},
        {"purpose": Code.Purpose.ANSWER},
        {"subject": "another ticket"},
    ],
)
def test_a_code_is_good_for_one_browser_address_purpose_and_subject(posted, other):
    code = ask()

    assert refusal(codes.digits(code), **other).code == "none"
    assert check(codes.digits(code))


def test_a_new_code_takes_the_place_of_the_one_before(posted):
    first, second = ask(), ask()

    assert refusal(codes.digits(first)).code == "wrong"
    assert check(codes.digits(second))


def test_an_address_gets_three_codes_in_ten_minutes(posted):
    made = [ask(browser=f"browser {n}") for n in range(5)]

    assert [code is not None for code in made] == [True, True, True, False, False]
    assert len(posted) == 3
    assert ask("ola@example.com") is not None

    for code in Code.objects.filter(email="kari@example.com"):
        grow_old(code, minutes=11)
    assert ask() is not None


def test_someone_who_asks_all_day_is_slowed_down_but_never_locked_out(posted):
    for _ in range(codes.PER_DAY):
        grow_old(ask(), minutes=12)

    assert ask() is None

    Code.objects.update(made_at=timezone.now() - timedelta(minutes=16))
    assert ask() is not None


def test_a_retired_key_still_opens_its_codes_until_it_is_removed(posted, settings):
    digits = codes.digits(ask())
    old = settings.CODE_KEYS

    settings.CODE_KEYS = ["a new key"]
    assert refusal(digits).code == "wrong"
    settings.CODE_KEYS = ["a new key", *old]
    assert check(digits)


def test_the_digits_are_in_no_column(posted):
    code = ask()
    row = Code.objects.values_list(flat=False).get(pk=code.pk)

    assert all(codes.digits(code) not in str(value) for value in row[2:7])
    assert HERE not in str(row)


def test_codes_are_evenly_spread():
    firsts = [int(codes.digits(Code())) // 100_000 for _ in range(4_000)]

    assert all(300 < firsts.count(n) < 500 for n in range(10))
