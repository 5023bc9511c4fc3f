"""The clauses of the contract, in the order of their codes. Codes are permanent: never reused, never renumbered."""

from typing import Final

from taskcontract.clauses.bench import Bench
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.tc101 import InitInert
from taskcontract.clauses.tc102 import InitPortable
from taskcontract.clauses.tc103 import InitForwardsOptions
from taskcontract.clauses.tc104 import InitConstructs
from taskcontract.clauses.tc201 import InitValueUsed
from taskcontract.clauses.tc202 import RunValueWins
from taskcontract.clauses.tc203 import FalsyValueWins
from taskcontract.clauses.tc204 import AnySplitAgrees
from taskcontract.clauses.tc205 import DeclaredDefaultSafe
from taskcontract.clauses.tc206 import TemplateUnchanged
from taskcontract.clauses.tc207 import FlowAgrees
from taskcontract.clauses.tc208 import ParameterUsed
from taskcontract.clauses.tc210 import PositionalAgrees
from taskcontract.clauses.tc301 import MissingRaisesValueError
from taskcontract.clauses.tc302 import MissingFailsFirst
from taskcontract.clauses.tc303 import MissingNamed
from taskcontract.clauses.tc304 import NoneNeverLeaks
from taskcontract.clauses.tc401 import ReturnsNative
from taskcontract.clauses.tc402 import JsonParsed
from taskcontract.clauses.tc403 import AnnotationHonoured
from taskcontract.clauses.tc404 import ResultStandsAlone
from taskcontract.clauses.tc405 import HttpErrorsRaise
from taskcontract.clauses.tc406 import OddAnswersFailClearly
from taskcontract.clauses.tc501 import ExplicitCredentialWins
from taskcontract.clauses.tc502 import CredentialOrder
from taskcontract.clauses.tc503 import NoCredentialFailsClearly
from taskcontract.clauses.tc504 import NoBuiltInCredential
from taskcontract.clauses.tc505 import CredentialNotLeaked
from taskcontract.clauses.tc506 import CredentialReadAtRun
from taskcontract.clauses.tc507 import CredentialSourceKnown
from taskcontract.clauses.tc701 import CassetteHasNoSecret
from taskcontract.clauses.tc702 import CassettePlayed
from taskcontract.clauses.tc703 import CassetteAnswers

CATALOGUE: Final[tuple[Clause, ...]] = (
    InitInert(),
    InitPortable(),
    InitForwardsOptions(),
    InitConstructs(),
    InitValueUsed(),
    RunValueWins(),
    FalsyValueWins(),
    AnySplitAgrees(),
    DeclaredDefaultSafe(),
    TemplateUnchanged(),
    FlowAgrees(),
    ParameterUsed(),
    PositionalAgrees(),
    MissingRaisesValueError(),
    MissingFailsFirst(),
    MissingNamed(),
    NoneNeverLeaks(),
    ReturnsNative(),
    JsonParsed(),
    AnnotationHonoured(),
    ResultStandsAlone(),
    HttpErrorsRaise(),
    OddAnswersFailClearly(),
    ExplicitCredentialWins(),
    CredentialOrder(),
    NoCredentialFailsClearly(),
    NoBuiltInCredential(),
    CredentialNotLeaked(),
    CredentialReadAtRun(),
    CredentialSourceKnown(),
    CassetteHasNoSecret(),
    CassettePlayed(),
    CassetteAnswers(),
)

__all__ = ["CATALOGUE", "Bench", "Clause"]
