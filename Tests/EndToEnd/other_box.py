"""Another box of the shop: its stubs come back here on the signed proof of its journal."""

from box import Box

ORIGIN = "shop-0042/till-02"


class OtherBox(Box):
    """Made, not started; lane-2 is for trainees. `key`: what the configuration of this box trusts it by."""

    def __init__(self):
        super().__init__(simulators=False, lanes=("lane-1", "lane-2"), settings={
            "shop": {"till": "till-02"}, "training_lanes": ["lane-2"]})
        self.write_configuration()
        self.key = next(word for word in self.init().stdout.split() if word.startswith(ORIGIN + "+"))

    @property
    def trust(self):
        """The settings of a box that takes its proofs."""
        return {"trusted_box": [{"name": "till-2", "key": self.key}]}

    def taken_along(self, sequence):
        """The record with its proof, as the command line writes them from the journal's folder; the box is shut."""
        folder = self.journal_folder()
        proof = self.command("journal", "prove", str(sequence), "--journal", folder).stdout
        shown = self.command("journal", "show", "--journal", folder, "--from", str(sequence), "--limit", "1",
                             "--json").stdout
        return {"entries": [shown.rstrip("\n")], "proof": proof}


def back(name, stub, line, quantity, proof=None, **reference):
    """Thousandths of the line that come back here; `name`: what the application says that it is."""
    original = {"reference": {"box": ORIGIN, "stub": stub, **reference}, "line": line, "proof": "signature"}
    if proof is not None:
        original["stubProof"] = proof
    return {"name": name, "quantity": -quantity, "unitPrice": 1, "taxes": ["A"], "original": original}
