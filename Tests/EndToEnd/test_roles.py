"""Who may do what is decided by the kernel's word about the peer, and nothing is allowed that is not said."""

import unittest

import morning
from box import CASHIER, NOBODY
from harness import BoxTest
from varlink_client import VarlinkError


class Roles(BoxTest):

    def denied(self, box, uid, method, parameters=None):
        with self.assertRaises(VarlinkError) as refused:
            box.call(method, parameters, uid=uid)
        self.assertEqual("io.counterfoil.System.PermissionDenied", refused.exception.name)
        return refused.exception.parameters

    def test_a_stranger_may_nothing(self):
        """A user that the configuration does not name gets PermissionDenied with what to change."""
        box = self.box()
        for method, parameters in (
                ("io.counterfoil.Sale.Ring", {"idempotencyKey": "stranger-stranger", "lines": [morning.WATER],
                                              "tender": {"kind": "cash"}}),
                ("io.counterfoil.Shift.Current", {}), ("io.counterfoil.Journal.Head", {})):
            said = self.denied(box, NOBODY, method, parameters)
            self.assertEqual(NOBODY, said["userId"])
            self.assertIsNone(said.get("role"))
            self.assertEqual(method, said["method"])
            self.assertTrue(said["setting"])

    def test_a_cashier_is_no_supervisor(self):
        box = self.box()
        said = self.denied(box, CASHIER, "io.counterfoil.Journal.BeginEpoch",
                           {"idempotencyKey": "cashier-begin-epoch", "reason": "x"})
        self.assertEqual("cashier", said["role"])

    def test_root_is_technician_not_cashier(self):
        """Root looks after the box; it does not sell."""
        box = self.box()
        self.assertEqual("technician", box.call("io.counterfoil.System.Hello", {"application": "t", "version": "1"},
                                                uid=0)["role"])
        said = self.denied(box, 0, "io.counterfoil.Sale.Ring", {
            "idempotencyKey": "root-wants-to-sell", "lines": [morning.WATER], "tender": {"kind": "cash"}})
        self.assertEqual("technician", said["role"])

    def test_everybody_may_introspect(self):
        """What the box speaks is no secret to those who may connect."""
        box = self.box()
        info = box.call("org.varlink.service.GetInfo", uid=NOBODY)
        self.assertIn("io.counterfoil.Sale", info["interfaces"])


if __name__ == "__main__":
    unittest.main()
