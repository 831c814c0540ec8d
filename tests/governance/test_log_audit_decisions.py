"""The audit of decisions: words count by person, a refusal in the log is obeyed, and the founding phase is said and ends."""

from __future__ import annotations

import pytest
from support.log_book import HEAD, NOON, OTHER_HEAD, POLICY, LogBook, digest, id_of, person, roles_of

MEMBERS = roles_of("maya", reviewers=["rita", "rosa"])
TWO_APPROVALS = POLICY.replace(b"approve = 1 ", b"approve = 2 ")


@pytest.fixture
def book() -> LogBook:
    """A log with three members, so that the founding phase is over."""
    return LogBook.founded(MEMBERS)


def sentences(book: LogBook) -> list[str]:
    return [problem for _, problem in book.problems()]


def only_problem(book: LogBook) -> str:
    (problem,) = sentences(book)
    return problem


class TestPersons:
    def test_two_keys_of_one_person_are_one_approval(self) -> None:
        roles = roles_of("maya", reviewers=["rita", "rita-2", "rosa"])
        for second, believed in (("rita-2", False), ("rosa", True)):
            book = LogBook.founded(roles, TWO_APPROVALS)
            about = book.contribution()
            book.decision(about, {book.review(about, name): name for name in ("rita", second)})
            if believed:
                assert sentences(book) == []
            else:
                assert only_problem(book) == f"the rules in force do not accept {about[0]}: 1 of 2 approvals"

    def test_own_work_under_a_second_key_is_own_work(self) -> None:
        book = LogBook.founded(roles_of("maya", "maya-2", reviewers=["rita", "rosa"]))
        book.land("maya", reviewer="maya-2")
        assert "0 of 1 approvals" in only_problem(book)

    def test_own_work_in_the_name_of_a_second_account_is_own_work(self) -> None:
        book = LogBook.founded(roles_of("maya", "maya-2", reviewers=["rita", "rosa"]))
        about = book.contribution("maya", of="eve")
        book.decision(about, {book.review(about, "maya-2"): "maya"})
        assert "0 of 1 approvals" in only_problem(book)

    def test_a_review_in_the_name_of_another_person_than_its_keys_counts_nothing(self, book: LogBook) -> None:
        about = book.contribution()
        book.decision(about, {book.review(about, "rita", of="rosa"): "rosa"})
        assert "0 of 1 approvals" in only_problem(book)

    def test_a_decision_says_rightly_whose_the_reviews_are(self, book: LogBook) -> None:
        about = book.contribution()
        book.decision(about, {book.review(about, "rita"): "rosa"})
        assert "names another person than the review" in only_problem(book)

    def test_who_is_emeritus_has_no_word(self) -> None:
        book = LogBook.founded(roles_of("maya", reviewers=["rita", "rosa", "rolf"], emeritus=["rita"]))
        book.land(reviewer="rosa")
        assert sentences(book) == []
        book.land(reviewer="rita")
        assert "0 of 1 approvals" in only_problem(book)


class TestTheFoundingPhase:
    def own(self, book: LogBook, *, founding: bool, by: str = "maya") -> None:
        book.decision(book.contribution(by), [], by, founding=founding)

    def test_a_maintainers_own_work_lands_and_the_decision_says_why(self) -> None:
        for roles in (roles_of("maya"), roles_of("maya", reviewers=["rita"])):
            book = LogBook.founded(roles)
            self.own(book, founding=True)
            assert sentences(book) == []

    def test_a_decision_that_hides_it_is_named(self) -> None:
        book = LogBook.founded()
        self.own(book, founding=False)
        assert "does not say rightly whether the founding phase carries it" in only_problem(book)

    def test_a_decision_that_claims_it_is_named(self, book: LogBook) -> None:
        about = book.contribution()
        book.decision(about, {book.review(about, "rita"): "rita"}, founding=True)
        assert "does not say rightly whether the founding phase carries it" in only_problem(book)

    def test_it_is_over_with_the_third_member(self, book: LogBook) -> None:
        self.own(book, founding=True)
        assert any("0 of 1 approvals" in sentence for sentence in sentences(book))

    def test_a_policy_that_ends_it_ends_it(self) -> None:
        book = LogBook.founded(policy=POLICY.replace(b"members = 3", b"members = 0"))
        self.own(book, founding=True)
        assert any("0 of 1 approvals" in sentence for sentence in sentences(book))

    def test_a_policy_of_the_earlier_format_knows_none(self) -> None:
        """Its maintainer waited for somebody else, and goes on doing so until the rules are changed."""
        book = LogBook.of_format_2()
        book.format(roles_of("maya the second", reviewers=["rosa"]))
        self.own(book, founding=True, by="maya the second")
        assert any("0 of 1 approvals" in sentence for sentence in sentences(book))


class TestRefusals:
    def test_it_is_kept_apart_from_what_waits(self, book: LogBook) -> None:
        """What was refused is no leaf, and nothing of it waits for a decision."""
        about, _ = book.offer()
        book.refuse(about, "rita")
        audited = book.audited()
        assert audited.problems == []
        assert (audited.contributions, audited.accepted) == ({}, set())
        refusal = audited.refused[about[1]]
        assert (refusal.leaf, refusal.persons) == (2, {person("rita")})

    def landed_after_refusal(self, book: LogBook, *reviewers: str, size: int | None = None) -> None:
        about, write = book.offer()
        book.refuse(about, "rita")
        write()
        book.decision(about, {book.review(about, name, size=size): name for name in reviewers})

    def test_what_was_refused_needs_one_approval_more(self, book: LogBook) -> None:
        self.landed_after_refusal(book, "rosa")
        assert "1 of 2 approvals, one more than usual" in only_problem(book)

    def test_with_one_more_it_lands(self, book: LogBook) -> None:
        self.landed_after_refusal(book, "rosa", "maya")
        assert sentences(book) == []

    def test_who_refused_lifts_it(self, book: LogBook) -> None:
        self.landed_after_refusal(book, "rita")
        assert sentences(book) == []

    @pytest.mark.parametrize(("size", "counts"), [(0, False), (2, False), (3, True)])
    def test_who_approved_without_having_seen_it_does_not_count(
        self, size: int, counts: bool, book: LogBook
    ) -> None:
        """The refusal is leaf 2: a reviewer has seen it who saw a log of three."""
        self.landed_after_refusal(book, "rosa", "maya", size=size)
        assert (sentences(book) == []) is counts
        if not counts:
            assert any("is not of what it decides" in sentence for sentence in sentences(book))

    def test_an_approval_that_stands_before_it_in_the_log_does_not_count(self, book: LogBook) -> None:
        about, write = book.offer()
        early = {book.review(about, name, size=1000): name for name in ("rosa", "maya")}
        book.refuse(about, "rita")
        write()
        book.decision(about, early)
        assert any("0 of 2 approvals" in sentence for sentence in sentences(book))

    def test_a_second_refusal_needs_both_to_lift_it(self, book: LogBook) -> None:
        about, write = book.offer()
        book.refuse(about, "rita")
        book.refuse(about, "rosa")
        assert book.audited().refused[about[1]].persons == {person("rita"), person("rosa")}
        write()
        book.decision(about, {book.review(about, "rita"): "rita"})
        assert "1 of 2 approvals" in only_problem(book)

    def test_a_refusal_of_other_rows_is_not_of_these(self, book: LogBook) -> None:
        other, _ = book.offer()
        book.refuse(other, "rita")
        book.land(reviewer="rosa")
        assert sentences(book) == []

    def test_it_is_taken_in_by_a_maintainer(self, book: LogBook) -> None:
        about, _ = book.offer()
        book.refuse(about, "rita", by="rita")
        assert f"was signed by {id_of('rita')}, who was no maintainer" in only_problem(book)

    def test_it_is_made_by_the_policy_in_force(self, book: LogBook) -> None:
        about, _ = book.offer()
        refusal = book.review(about, "rita", approve=False)
        book.decision(about, {refusal: "rita"}, accept=False, policy="0" * 64)
        assert "another policy than the one in force" in only_problem(book)

    def test_nobody_refuses_who_has_no_word(self, book: LogBook) -> None:
        about, _ = book.offer()
        book.refuse(about, "eve")
        assert "no review that refuses" in only_problem(book)

    @pytest.mark.parametrize("forgery", ["an approval", "of another head", "not in the log"])
    def test_it_rests_on_reviews_that_refuse_this(self, forgery: str, book: LogBook) -> None:
        about, _ = book.offer()
        if forgery == "an approval":
            review = book.review(about, "rita")
        elif forgery == "of another head":
            review = book.review(about, "rita", approve=False, head=OTHER_HEAD)
        else:
            made = book.signer("rita").review(
                about[0], about[1], head=HEAD, approve=False, person=person("rita"), size=1
            )
            review = digest(made)
        book.decision(about, {review: "rita"}, accept=False)
        assert any("no review that refuses" in sentence for sentence in sentences(book))

    def test_what_was_accepted_is_not_refused_any_more(self, book: LogBook) -> None:
        about = book.contribution()
        book.decision(about, {book.review(about, "rosa"): "rosa"})
        book.refuse(about, "rita")
        assert "is refused after it was accepted" in only_problem(book)

    def test_the_last_word_before_it_counts(self, book: LogBook) -> None:
        """Who refused and then approved has not refused; the order is that of the leaves, whatever clocks say."""
        about, _ = book.offer()
        refusal = book.review(about, "rita", approve=False, at=NOON)
        book.review(about, "rita", at=NOON)
        book.decision(about, {refusal: "rita"}, accept=False)
        assert any("no review that refuses" in sentence for sentence in sentences(book))

    def test_a_refusal_says_at_which_leaf_it_stands(self, book: LogBook) -> None:
        book.land(reviewer="rosa")
        about, _ = book.offer()
        book.refuse(about, "rita", "rosa")
        refusal = book.audited().refused[about[1]]
        assert refusal.leaf == len(book.leaves) - 1
