"""What must never happen in a firmware update, in words and in code."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from cp.behavior.firmware import ACTIVATING, NO_JOB, FirmwareFields
from cp.vocabulary.effects import Record, Reply
from cp.vocabulary.effects_jobs import ActivateSlot, MarkSlotGood, StartInstall
from cp.vocabulary.events import ResetRequested, RestartOrdered
from cp.vocabulary.records import TransactionKept
from tools.explore.finding import Finding
from tools.explore.invariants import Invariant, findings
from tools.explore.job_invariants import JOB, made

if TYPE_CHECKING:
    from tools.explore.turn import LeanTurn
    from tools.explore.update import UpdateModel


def nothing_is_downloaded_in_transaction(model: "UpdateModel", turn: "LeanTurn") -> str | None:
    """AQ-4: not one byte, and no order to begin."""
    view, own = turn.view, model.own
    cells = (model.cells.kept, own.is_downloading, model.cells.outward)
    if not view.is_written(*cells) or view.get(model.cells.kept) is None:
        return None
    is_ordered = "download" in view.get(model.cells.outward)
    return "a download in a transaction" if is_ordered or view.get(own.is_downloading) else None


def nothing_is_installed_in_transaction(model: "UpdateModel", turn: "LeanTurn") -> str | None:
    """D-17: neither written nor activated."""
    view, own = turn.view, model.own
    cells = (model.cells.kept, own.is_writing, model.cells.outward)
    if not view.is_written(*cells) or view.get(model.cells.kept) is None:
        return None
    if view.get(own.is_writing) or "install" in view.get(model.cells.outward):
        return "firmware is written in a transaction"
    is_activated = any(isinstance(item, ActivateSlot) for item in turn.trace)
    return "firmware is activated in a transaction" if is_activated else None


def image_is_whole(model: "UpdateModel", turn: "LeanTurn") -> str | None:
    """What is installed was downloaded to its end."""
    if not any(isinstance(item, StartInstall) for item in turn.trace):
        return None
    return None if turn.view.get(model.own.is_here) else "half an image is to be installed"


def nothing_starts_while_installing(model: "UpdateModel", turn: "LeanTurn") -> str | None:
    """D-17: no transaction begins."""
    for item in turn.trace:
        match item:
            case Record(TransactionKept()) if turn.view.was(model.cells.kept) is None:
                if model.fact(turn.view, "is_installing"):
                    return "a transaction begins while firmware is installed"
    return None


def no_reset_is_accepted(model: "UpdateModel", turn: "LeanTurn") -> str | None:
    """``S 5.14``: what is being written is not cut off."""
    if not any(isinstance(item, ResetRequested) for item in turn.trace):
        return None
    if not turn.view.was(model.room.facts["is_installing"]):
        return None
    answers = [item.payload for item in turn.trace if isinstance(item, Reply)]
    return None if answers == [{"status": "Rejected"}] else "a reset while firmware is installed"


def outlet_is_out_of_service(model: "UpdateModel", turn: "LeanTurn") -> str | None:
    """D-17: Unavailable, or Faulted."""
    view, connector = turn.view, model.room.machines["connector.1"]
    if not view.is_written(connector, model.room.facts["is_installing"]):
        return None
    leaf = model.leaf(view, "connector.1")
    if not model.fact(view, "is_installing") or leaf in ("unavailable", "faulted", "recovering"):
        return None
    return f"the outlet is {leaf} while firmware is installed"


def fact_is_true(model: "UpdateModel", turn: "LeanTurn") -> str | None:
    """The fact ``is_installing`` and the state of that name."""
    view = turn.view
    if not view.is_written(model.room.machines[model.job], model.room.facts["is_installing"]):
        return None
    is_there = "installation" in model.machine(view, model.job).active
    if is_there is model.fact(view, "is_installing"):
        return None
    return f"is_installing is {not is_there} in {model.leaf(view, model.job)}"


def installation_ends(model: "UpdateModel", turn: "LeanTurn") -> str | None:
    """Whatever others do: a limit runs, a restart is under way, or the slot is still to be read."""
    view = turn.view
    cells = (model.own.read, model.room.facts["is_resetting"], model.room.machines[model.job])
    if not view.is_written(*cells) or not model.fact(view, "is_installing"):
        return None
    firmware = model.machine(view, model.job)
    is_slot_awaited = firmware.active[-1] == "rebooted" and not view.get(model.own.read)
    if firmware.timers or is_slot_awaited or model.fact(view, "is_resetting"):
        return None
    return f"nothing is sure to end {firmware.active[-1]}"


def journal_knows_the_update(model: "UpdateModel", turn: "LeanTurn") -> str | None:
    """What a power cut leaves: the request that is not over, and what was told of it."""
    view = turn.view
    machine = model.room.machines[model.job]
    if not view.is_written(model.own.update, model.cells.story, machine):
        return None
    update, story = view.get(model.own.update), view.get(model.cells.story)
    if model.fields(view, model.job, FirmwareFields).job != (update or NO_JOB):
        return "the update in memory is not the one on disk"
    status = None if update is None else str(update.status)
    expected = {"": None, "asked": "Idle"}.get(story, story)
    if status == expected:
        return None
    return f"the journal says {status or 'no update'}, {story or 'no status'} was told"


def starts_are_whole(model: "UpdateModel", turn: "LeanTurn") -> str | None:
    """After every power cut a slot starts that holds a whole image."""
    is_half = turn.view.get(model.own.is_half_started)
    return "power came on with a slot that is half written" if is_half else None


def slots_are_recorded(model: "UpdateModel", turn: "LeanTurn") -> str | None:
    """No slot is chosen and no restart is ordered that the journal does not know."""
    for item in turn.trace:
        match item:
            case ActivateSlot(_, slot):
                update = turn.view.get(model.own.update)
                known = update.to_slot if update and update.stage == ACTIVATING else ""
                if slot != known or slot != "b":
                    return f"slot '{slot}' is activated, the journal knows '{known}'"
            case MarkSlotGood(slot) if slot != "a":
                return f"slot '{slot}' is called good, another one runs"
            case RestartOrdered():
                update = turn.view.get(model.own.update)
                if update is None or update.stage != ACTIVATING:
                    return "a restart is ordered that the journal does not know"
    return None


def trial_ends(model: "UpdateModel", turn: "LeanTurn") -> str | None:
    """A slot that has started is on trial only as long as its update is not over."""
    view, own = turn.view, model.own
    cells = (own.read, own.slots, model.cells.outward, model.room.machines[model.job])
    if not view.is_written(*cells) or view.get(own.read) != "told":
        return None
    if view.get(own.slots).on_trial != "a" or model.fact(view, "is_installing"):
        return None
    is_ordered = any(word in ("good a", "revert b") for word in view.get(model.cells.outward))
    return None if is_ordered else "the slot that runs stays on trial"


def outcome_is_true(model: "UpdateModel", turn: "LeanTurn") -> str | None:
    """Installed: the new slot runs, for good. InstallationFailed: the old one does, or is next."""
    from tools.explore.update import ordered

    told = [status for status in made(turn) if status in ("Installed", "InstallationFailed")]
    if not told:
        return None
    slots = turn.view.get(model.own.slots)
    for order in turn.view.get(model.cells.outward):
        slots = ordered(slots, order)
    update = turn.view.was(model.own.update)
    to_slot = update.to_slot if update else ""
    if slots.on_trial and slots.on_trial == to_slot:
        return f"{told[-1]} is told, but slot {slots.on_trial} stays on trial"
    is_new = slots.chosen == to_slot
    return None if is_new is (told[-1] == "Installed") else f"{told[-1]} is told, it is not so"


UPDATE: "Final[tuple[Invariant[UpdateModel], ...]]" = (
    Invariant(
        "no download",
        "No download is ordered or under way while a transaction is open (AQ-4).",
        nothing_is_downloaded_in_transaction,
    ),
    Invariant(
        "no installation",
        "No slot is written or activated while a transaction is open (D-17).",
        nothing_is_installed_in_transaction,
    ),
    Invariant("whole image", "Half an image is never installed.", image_is_whole),
    Invariant(
        "no start",
        "No transaction begins while firmware is installed (D-17).",
        nothing_starts_while_installing,
    ),
    Invariant(
        "no reset", "No reset is accepted while firmware is installed.", no_reset_is_accepted
    ),
    Invariant(
        "out of service",
        "The outlet is Unavailable or Faulted while firmware is installed, as soon as the inputs "
        "were read.",
        outlet_is_out_of_service,
    ),
    Invariant(
        "installing",
        "The fact is_installing holds in the state installation and nowhere else.",
        fact_is_true,
    ),
    Invariant(
        "end",
        "An installation ends whatever the central system does: by a limit, a restart, or a slot "
        "that is read.",
        installation_ends,
    ),
    Invariant(
        "journal",
        "The journal knows each request that is not over and what was told of it.",
        journal_knows_the_update,
    ),
    Invariant("whole slot", "Every start is from a whole slot.", starts_are_whole),
    Invariant(
        "slot record",
        "A slot is activated, and the station restarted for it, only after the record of both.",
        slots_are_recorded,
    ),
    Invariant("trial", "A slot that has started is not left on trial.", trial_ends),
    Invariant(
        "true outcome",
        "Installed is told when the new slot runs for good, InstallationFailed when it does not.",
        outcome_is_true,
    ),
)
"""The invariants of an update, besides those of every job."""


def update_findings(model: "UpdateModel", turn: "LeanTurn") -> Iterator[Finding]:
    """The invariants of an update that do not hold after a turn."""
    yield from findings(JOB, model, turn)
    yield from findings(UPDATE, model, turn)
