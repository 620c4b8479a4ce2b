"""Imports every table, for code that needs the whole metadata (migrations, tests)."""

from models.account_link import AccountLink
from models.assignment_rule import AssignmentRule
from models.base import Base
from models.cached_answer import CachedAnswer, Counter
from models.canned_reply import CannedReply
from models.correction import Correction
from models.heartbeat import Heartbeat
from models.ledger.operator_action import OperatorAction
from models.ledger.run import Run, Step
from models.login_place import LoginPlace
from models.mail import Mail
from models.maintenance_request import MaintenanceRequest
from models.period import Period
from models.photo import Photo, PhotoOriginal
from models.push_message import PushMessage
from models.push_subscription import PushSubscription
from models.rating import Rating
from models.report import Report
from models.reversible_change import ReversibleChange
from models.saved_view import SavedView
from models.search_text import SearchText
from models.statistic import STATISTIC_DELTAS, StatisticCount, StatisticState
from models.team import Team, TeamMember
from models.timeline_entry import TimelineEntry
from models.triage_model import TriageModel
from models.triage_result import TriageResult
from models.user import LoginSession, User
from models.watcher import Watcher

metadata = Base.metadata

__all__ = [
    "STATISTIC_DELTAS",
    "AccountLink",
    "AssignmentRule",
    "CachedAnswer",
    "CannedReply",
    "Correction",
    "Counter",
    "Heartbeat",
    "LoginPlace",
    "LoginSession",
    "Mail",
    "MaintenanceRequest",
    "OperatorAction",
    "Period",
    "Photo",
    "PhotoOriginal",
    "PushMessage",
    "PushSubscription",
    "Rating",
    "Report",
    "ReversibleChange",
    "Run",
    "SavedView",
    "SearchText",
    "StatisticCount",
    "StatisticState",
    "Step",
    "Team",
    "TeamMember",
    "TimelineEntry",
    "TriageModel",
    "TriageResult",
    "User",
    "Watcher",
    "metadata",
]
