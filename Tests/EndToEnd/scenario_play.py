"""Plays one scenario of payment-scenarios.json: the real daemon, the scripted provider, a death where one is wanted."""

import contextlib
import json
import os

import settle
from box import CASHIER, SUPERVISOR
from cashier import goods, returned
from kill_matrix import armed, shim
from provider_shop import CODE, SALE, SHIFT
from varlink_client import ConnectionLost, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
# So many milliseconds are a second of the data.
SECOND = 25
# Where a scenario ends by an answer and not by a wait, a wait must not end it on a slow machine, milliseconds.
ENOUGH = 30_000
# Answers that never come are waited for so long after a death, seconds.
KNOWN_SECONDS = 40
DEATHS = {
    # The next write to the journal does not happen; half happens; is durable.
    "before": {"classes": "journal", "when": "before"}, "after": {"classes": "sync", "when": "after"},
    # Its header and the beginning of its words reach the file.
    "torn": {"classes": "journal", "when": "half", "bytes": 200},
}


def load(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return json.load(file)


ANSWERS = load("payment-answers.json")
STEPS = {(one["call"], one["word"]): one["step"] for one in ANSWERS["answers"]}


ORDER_CALLS = {"pay": "pay", "query": "query", "reverse": "reverse", "cancel": "reverse", "query_after_reverse": "after",
               "create": "create", "close": "close"}
REFUND_CALLS = {"refund": "refund", "refund_query": "query"}


def plan(script, names=ORDER_CALLS):
    """The provider's plan: every word of the data by the table."""
    def steps(call, words):
        stays = "*" if words[-1].endswith("*") else ""
        return "+".join(STEPS[call, word.removesuffix("*")] for word in words) + stays
    return ";".join(["plan"] + [f"{names[call]}={steps(call, words)}" for call, words in script.items() if call in names])


def policy(scenario):
    """The wallet's schedule, a second of it in SECOND milliseconds; the proportions stay."""
    times = {name: max(seconds * SECOND, 10 if name != "reverseNotBefore" else 0)
             for name, seconds in ANSWERS["policies"][scenario["wallet"]].items() if name != "firstIntervals"}
    first = ANSWERS["policies"][scenario["wallet"]].get("firstIntervals")
    more = {"first_intervals": ",".join(str(seconds * SECOND) for seconds in first)} if first else {}
    if scenario["expect"].get("tender") != "REVERSED":
        times["window"] = ENOUGH
    if scenario["crash"] or "create" in scenario["provider_script"]:
        times["payTimeout"] = ENOUGH
    return {"pay_timeout": times["payTimeout"], "first_query": times["firstQuery"], "interval": times["queryInterval"],
            "window": times["window"], "reverse_not_before": times["reverseNotBefore"], **more}


class Play:
    """One box with one wallet payment, in the state in which the scenario begins."""

    def __init__(self, test, scenario):
        self.test, self.scenario = test, scenario
        script, more = plan(scenario["provider_script"]), {}
        if REFUND_CALLS.keys() & scenario["provider_script"].keys():
            script, more = "approve", {"refunds": plan(scenario["provider_script"], REFUND_CALLS)}
        if scenario["crash"] in HOLDS:
            script = HOLDS[scenario["crash"]](script)
        self.box = test.made_box()
        self.provider = self.start_provider(script=script, **more, **policy(scenario))
        self.box.write_configuration()
        self.box.init()

    def start_provider(self, **words):
        return self.box.start_provider(**words)

    def open(self, **death):
        """Starts the daemon, which will die at a point of `death` once it is armed, and totals a sale."""
        self.box.start(shim(self.box, at=1, **death) if death else None)
        self.cashier = self.test.cashier(self.box)
        self.shift = self.cashier.open_shift()
        self.sale = self.total()
        wait_until(lambda: "provider" not in self.threads(), "the daemon knows the provider's schedule", KNOWN_SECONDS)

    def threads(self):
        """Names of the daemon's threads: the one that learns a provider's schedule ends when it knows it."""
        names, folder = [], f"/proc/{self.box.daemon.pid}/task"
        for task in os.listdir(folder):
            with contextlib.suppress(OSError), open(os.path.join(folder, task, "comm"), encoding="utf-8") as file:
                names.append(file.read().strip())
        return names

    def total(self):
        sale = self.cashier.totalled([goods("茶", self.scenario["total_minor"])])
        # The sale is the resolver's from here on: no app takes it up after a restart.
        self.cashier.sale = None
        return sale

    def pay(self):
        """Orders the payment once; nobody repeats the call should the daemon die in it."""
        with contextlib.suppress(ConnectionLost, OSError), self.box.connect(CASHIER) as connection:
            connection.call(SALE + "AddTender", {
                "idempotencyKey": "scenario-payment", "sale": self.sale, "tender": {"kind": "provider", "code": CODE}})

    def arm(self):
        open(armed(self.box), "w", encoding="ascii").close()

    def die_and_start(self, **death):
        """Waits for the death that was armed, or kills; starts again."""
        if os.path.exists(armed(self.box)):
            wait_until(lambda: not self.box.alive(), "the daemon dies where it should", KNOWN_SECONDS)
            os.unlink(armed(self.box))
        self.box.kill()
        self.cashier.close()
        self.box.start(**death)
        # Behind a torn tail the box says READY before it has all keys.
        wait_until(lambda: self.box.call("io.counterfoil.System.Status", {})["mode"] == "selling", "it sells", KNOWN_SECONDS)

    def lines(self, what):
        return [line for line in self.box.ledger() if line["what"] == what]

    def booked(self, what):
        wait_until(lambda: self.lines(what), f"the provider notes {what}", KNOWN_SECONDS)

    def release(self):
        self.provider.process.stdin.write(b"release\n")
        self.provider.process.stdin.flush()

    def at_rest(self):
        """No record of the order is on its way: the mark behind it is durable."""
        wait_until(lambda: self.kinds()[-1] == "mark", "the journal's mark", KNOWN_SECONDS)

    def kinds(self):
        return [entry["kind"] for entry in self.box.entries()]

    def tender(self):
        whole = self.cashier.read(SALE + "Get", {"sale": self.sale})
        return whole["tenders"][0] if whole["tenders"] else None, whole["sale"]

    def known(self):
        """Until the tender is final."""
        final = ("approved", "declined", "reversed", "manual")
        wait_until(lambda: (self.tender()[0] or {}).get("state") in final, "the payment is known", KNOWN_SECONDS)

    # ---- deaths

    def no_crash(self):
        self.open()
        self.pay()
        self.known()

    def dies_in_the_intent(self, how):
        self.open(**DEATHS[how])
        self.arm()
        self.pay()
        self.die_and_start()
        if how == "after":
            self.known()

    def dies_waiting(self, what):
        """When the provider has noted the call and holds its answer back."""
        self.open()
        self.pay()
        self.booked(what)
        self.die_and_start()
        self.known()

    def dies_with_the_answer(self, **death):
        """The provider's answer is let go when the next thing that is written is its record."""
        self.open(**death)
        self.pay()
        self.booked("paid")
        self.at_rest()
        self.arm()
        self.release()
        self.die_and_start()
        self.known()

    def dies_printing(self):
        """Half of the slip reaches the printer; what is only asked of it is shorter."""
        self.dies_with_the_answer(classes="printer", when="half", least=100)

    def dies_in_recovery(self):
        self.open()
        self.pay()
        self.booked("paid")
        self.box.kill()
        self.cashier.close()
        for point in (1, 3):
            self.arm()
            self.box.start(shim(self.box, at=point, when="after", classes="journal sync meta"), wait=False)
            self.die_and_start() if point == 3 else self.dead()
        self.known()

    def dead(self):
        wait_until(lambda: not self.box.alive(), "the daemon dies in its recovery", KNOWN_SECONDS)

    def dies_in_the_z(self):
        """Twice: the day's record is not written; it is durable and nobody was told."""
        self.open(**DEATHS["before"])
        self.pay()
        self.known()
        settle.settle_prints(self.box, self.cashier)
        self.cashier.keyed(SHIFT + "Close", shift=self.shift, carryParked=True,
                           counts=[{"kind": "cash", "currency": "CNY", "amount": 0}])
        self.at_rest()
        for _ in range(2):
            self.arm()
            with contextlib.suppress(ConnectionLost, OSError), self.box.connect(SUPERVISOR) as connection:
                connection.call(SHIFT + "CloseDay", {"idempotencyKey": "scenario-closing"})
            self.die_and_start(environment=shim(self.box, at=1, **DEATHS["after"]))
        self.day = self.box.call(SHIFT + "CloseDay", {"idempotencyKey": "scenario-closing"}, uid=SUPERVISOR)


class RefundPlay(Play):
    """The same with money that goes back: a sale that the wallet paid has ended, and its return is what is played."""

    def open(self, **death):
        super().open(**death)
        super().pay()
        self.known()
        # Nothing of the sale is on its way any more: what is written next is the return's.
        wait_until(lambda: "jobEnded" in self.kinds(), "the slip is printed", KNOWN_SECONDS)
        self.at_rest()
        self.sale = self.cashier.totalled([returned(self.tender()[1]["stub"])], kind="return")
        self.cashier.sale = None

    def pay(self):
        with contextlib.suppress(ConnectionLost, OSError), self.box.connect(CASHIER) as connection:
            connection.call(SALE + "AddTender", {
                "idempotencyKey": "scenario-refunding", "sale": self.sale, "tender": {"kind": "provider"}})


class ShownPlay(Play):
    """The same by a code that the till shows: somebody scans it, or the cashier takes it back and somebody paid first."""

    def __init__(self, test, scenario):
        self.notices = scenario["provider_script"]["notify"]
        super().__init__(test, scenario)

    def start_provider(self, **words):
        if self.is_told:
            # Only the news makes the box ask in time.
            words.update(first_query=3 * ENOUGH, interval=3 * ENOUGH, window=3 * ENOUGH)
        return super().start_provider(notify=len(self.notices), **words)

    @property
    def is_told(self):
        return self.notices and "close" not in self.scenario["provider_script"]

    def pay(self):
        self.cashier.keyed(SALE + "AddTender", sale=self.sale, tender={"kind": "provider", "show": True})
        wait_until(lambda: self.tender()[0].get("shownCode"), "the code is shown", KNOWN_SECONDS)
        if self.is_told:
            self.provider.process.stdin.write(b"pay\n")
            self.provider.process.stdin.flush()
        elif self.notices:
            self.cashier.keyed(SALE + "RemoveTender", sale=self.sale, tender="t1", reason="customer changed")


def held(call):
    """The first answer to a call is held back."""
    return lambda script: ";".join(
        f"{part.split('+')[0].rstrip('*')}:held{part[len(part.split('+')[0].rstrip('*')):]}" if part.startswith(call) else part
        for part in script.split(";"))


HOLDS = {
    "after-send-before-answer:paid": held("pay="), "after-send-before-answer:unpaid": held("pay="),
    "after-answer-before-result-durable": held("pay="), "after-result-before-print-intent": held("pay="),
    "after-print-intent-before-print-done": held("pay="), "after-reverse-sent-before-answer": held("reverse="),
    "twice-in-recovery": held("pay="),
}
PLAYS = {
    None: Play.no_crash,
    "before-intent-durable": lambda play: play.dies_in_the_intent("before"),
    "torn-last-record": lambda play: play.dies_in_the_intent("torn"),
    "after-refund-intent-before-send": lambda play: play.dies_in_the_intent("after"),
    "after-intent-before-send": lambda play: play.dies_in_the_intent("after"),
    "after-send-before-answer:paid": lambda play: play.dies_waiting("paid"),
    "after-send-before-answer:unpaid": lambda play: play.dies_waiting("ordered"),
    "after-reverse-sent-before-answer": lambda play: play.dies_waiting("askedBack"),
    "after-answer-before-result-durable": lambda play: play.dies_with_the_answer(**DEATHS["before"]),
    "after-result-before-print-intent": lambda play: play.dies_with_the_answer(**DEATHS["after"]),
    "after-print-intent-before-print-done": Play.dies_printing,
    "twice-in-recovery": Play.dies_in_recovery,
    "before-z-durable, after-z-durable": Play.dies_in_the_z,
}
