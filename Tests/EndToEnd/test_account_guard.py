"""Who answers at a provider's address and cannot say for which merchant account is told nothing of a known account's orders."""

import json
import unittest

from provider_line import Line, method_of, result
from provider_shop import ProviderTest
from varlink_client import wait_until

LONG = 60
# What it says instead of its account.
ERROR, SPACE, TOO_LONG = "error", "Merchant 2", "m" * 65


class Stranger(Line):
    """The provider itself, until `says` is set: from then on somebody who has none of its orders."""

    says, met, told = None, 0, ()

    def answer(self, call):
        if self.says is None:
            return super().answer(call)
        if method_of(call) != "Capabilities":
            self.told += (method_of(call),)
            return result(outcome="closed")
        self.met += 1
        if self.says == ERROR:
            return b'{"error": "com.example.NotReady", "parameters": {}}\0'
        said = json.loads(self.ask(call)[:-1])
        said["parameters"]["account"] = self.says
        return json.dumps(said).encode() + b"\0"


class Wordless(Line):
    """A connector without the method by which it would say its account."""

    def answer(self, call):
        if method_of(call) == "Capabilities":
            return json.dumps({"error": "org.varlink.service.MethodNotFound", "parameters": {"method": call["method"]}}
                              ).encode() + b"\0"
        return super().answer(call)


class AccountGuard(ProviderTest):

    def unknown(self, says):
        """A payment of mch-1 whose answer was lost; then a stranger answers, and is asked who it is."""
        box, cashier = self.shop("lost", between=Stranger, account="mch-1", window=5000)
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        self.until(cashier, sale, ("unknown", "tendering"))
        self.line.says = says
        unknown = next(one["data"]["tender"] for one in box.entries() if one["kind"] == "tenderUnknown")
        self.assertEqual("mch-1", unknown["course"]["account"])
        wait_until(lambda: self.line.met, "the stranger is asked who it is", LONG)
        return box, cashier, sale

    def test_a_stranger_is_told_nothing(self):
        for says in (SPACE, TOO_LONG):
            with self.subTest(says):
                box, cashier, sale = self.unknown(says)
                wait_until(lambda: "speaks for account invalid: " in box.log(), "the box sees another account", LONG)
                self.assertEqual(((), ("unknown", "tendering")), (self.line.told, self.state(cashier, sale)))

    def test_who_answers_with_an_error_is_told_nothing(self):
        _, cashier, sale = self.unknown(ERROR)
        other = self.totalled(cashier)
        self.tender(cashier, other)
        self.until(cashier, other, ("declined", "tendering"))
        self.assertEqual(((), ("unknown", "tendering")), (self.line.told, self.state(cashier, sale)))
        self.line.says = None
        wait_until(lambda: self.state(cashier, sale) == ("approved", "completed"), "its account is back", LONG)

    def test_a_connector_that_never_says_an_account_is_asked_as_ever(self):
        box, cashier = self.shop("lost", between=Wordless)
        sale = self.totalled(cashier)
        self.tender(cashier, sale)
        self.until(cashier, sale, ("approved", "completed"))
        self.assert_agree(box)


if __name__ == "__main__":
    unittest.main()
