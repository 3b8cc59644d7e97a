"""The tree of errors. The docstring is the default message, `code` is stable, `status` serves HTTP.

PlatformError
├── SettingsError           a setting is missing, malformed or unsafe
├── DatabaseUnavailable     PostgreSQL does not answer
│   ├── DatabaseTooSlow     a timeout of the login cut the question off
│   └── DatabaseFull        PostgreSQL's disk is full
├── DiskFull                the disk of OIFLOW_HOME is full
├── SchemaOutdated          the database needs `oiflow db migrate`
├── BackupFailed            a backup or restore did not work; the database is as it was
├── RefusedPayload          a whole file is kept aside; `reason` says why
├── BadMapping              a mapping file cannot be used; the message names every fault
├── RobotFailed             a download by browser did not come; `reason` says why
├── MissingFile             a path to import does not exist or cannot be read
├── ImportBusy              another import holds the database's import lock
├── RawPayloadLost          the raw archive does not hold a payload any more
├── NotEmpty                a database that has to be empty holds loads already
├── ProviderError           a source's provider did not give what was asked; `source` and `reason` say more
│   ├── ProviderUnreachable no whole reply, also after several attempts
│   ├── ProviderRefused     the answer is no, and will be no the next time
│   ├── ProviderBusy        a limit, theirs or ours, leaves no room
│   └── ProviderDown        not asked at all: it failed too often just now
├── NotAllowed              the tier does not include this
│   └── NotSignedIn
├── SignInError
│   ├── WrongPassword
│   └── TooManyAttempts
├── NotText                 a typed or sent word holds a character that cannot be stored
├── BadLink                 an invitation or reset link that is wrong, used or expired
├── BadPassword             a new password that breaks a rule
├── AccountError            an account command that cannot be done
├── LoadNotFound            no such load, or not in the state that the command needs
├── SessionNotFound         no stored session on this date
├── AlreadyRunning          `oiflow up` runs on this home already
├── PortTaken               a port that the product needs is another program's
└── InvalidFrame            a frame lacks declared columns or types
"""


class PlatformError(Exception):
    """Something went wrong. Nothing was lost."""

    code, status = "error", 500

    def __init__(self, message: str | None = None):
        super().__init__(message or " ".join((self.__doc__ or "").split()))


class SettingsError(PlatformError):
    """A setting is missing, malformed or unsafe."""

    code, status = "settings", 500


class DatabaseUnavailable(PlatformError):
    """The database does not answer. Try again in a moment."""

    code, status = "database_unavailable", 503


class DatabaseTooSlow(DatabaseUnavailable):
    """The database took too long over this. Ask for less, or try again in a moment."""

    code, status = "database_too_slow", 503


class DatabaseFull(DatabaseUnavailable):
    """The database's disk is full. Nothing was lost; it goes on by itself once there is space."""

    code, status = "database_full", 503


class DiskFull(PlatformError):
    """The disk is full. Nothing was lost; it goes on by itself once there is space."""

    code, status = "disk_full", 503


class SchemaOutdated(PlatformError):
    """The database has an older schema. Run `oiflow db migrate`."""

    code, status = "schema_outdated", 503


class BackupFailed(PlatformError):
    """The backup or restore did not work. The database is as it was."""

    code, status = "backup_failed", 500


class RefusedPayload(PlatformError):
    """The file was refused and kept aside."""

    code, status = "refused_payload", 422

    def __init__(self, reason: str, message: str | None = None, beside: bool = False):
        """beside: because of what stands, which the bytes alone do not tell."""
        self.reason, self.beside = reason, beside
        super().__init__(message)


class BadMapping(PlatformError):
    """The mapping file cannot be used. `oiflow mapping check` names every fault."""

    code, status = "bad_mapping", 422


class RobotFailed(PlatformError):
    """The browser did not bring its download. What it saw is kept under OIFLOW_HOME/failures."""

    code, status = "robot_failed", 502

    def __init__(self, reason: str, message: str | None = None, slot: str = "", kept: str = ""):
        self.reason, self.slot, self.kept = reason, slot, kept
        super().__init__(message)


class MissingFile(PlatformError):
    """There is no such file or folder."""

    code, status = "missing_file", 404


class ImportBusy(PlatformError):
    """Another import is running. Try again when it has finished."""

    code, status = "import_busy", 409


class RawPayloadLost(PlatformError):
    """The raw archive does not hold these bytes any more."""

    code, status = "raw_payload_lost", 500


class NotEmpty(PlatformError):
    """This database holds loads already. Choose a fresh OIFLOW_HOME, or an empty DATABASE_URL."""

    code, status = "not_empty", 409


class ProviderError(PlatformError):
    """A provider did not give what was asked for."""

    code, status = "provider", 502

    def __init__(self, source: str = "", reason: str = "", answered: int | None = None, attempts: int = 0):
        """answered: the HTTP status of the provider's last answer, None without one; attempts: how often it was asked."""
        self.source, self.reason, self.answered, self.attempts = source, reason, answered, attempts
        super().__init__(f"{source}: {reason}" if source else None)


class ProviderUnreachable(ProviderError):
    """The provider gave no whole answer, also after several attempts."""

    code, status = "provider_unreachable", 502


class ProviderRefused(ProviderError):
    """The provider refused the request. Asking again does not help."""

    code, status = "provider_refused", 502


class ProviderBusy(ProviderError):
    """A limit on calls leaves no room for this one. Try again later."""

    code, status = "provider_busy", 503


class ProviderDown(ProviderError):
    """The provider failed several times in a row and is left alone for a while."""

    code, status = "provider_down", 503


class NotAllowed(PlatformError):
    """Your tier does not include this."""

    code, status = "not_allowed", 403


class NotSignedIn(NotAllowed):
    """Please sign in."""

    code, status = "not_signed_in", 401


class SignInError(PlatformError):
    """The sign-in did not work."""

    code, status = "sign_in", 401


class WrongPassword(SignInError):
    """E-mail or password is wrong."""

    code, status = "wrong_password", 401


class TooManyAttempts(SignInError):
    """Too many attempts. Try again in an hour, or ask an admin for a reset link."""

    code, status = "too_many_attempts", 429


class NotText(PlatformError):
    """The text holds a character that cannot be stored."""

    code, status = "unstorable_text", 422


class BadLink(PlatformError):
    """This link is wrong, used or expired. Ask an admin for a new one; `oiflow accounts first-admin` makes the first admin's."""

    code, status = "bad_link", 410


class BadPassword(PlatformError):
    """This password cannot be used."""

    code, status = "bad_password", 422


class AccountError(PlatformError):
    """This cannot be done with the account."""

    code, status = "account", 409


class LoadNotFound(PlatformError):
    """There is no such load. `oiflow sessions` lists them."""

    code, status = "load_not_found", 404


class SessionNotFound(PlatformError):
    """No stored session on this date. `oiflow sessions` lists them."""

    code, status = "session_not_found", 404


class AlreadyRunning(PlatformError):
    """OI Flow is already running on this home."""

    code, status = "already_running", 409


class PortTaken(PlatformError):
    """A port that OI Flow needs is taken by another program."""

    code, status = "port_taken", 409


class InvalidFrame(PlatformError):
    """A table lacks declared columns or types."""

    code, status = "invalid_frame", 500
