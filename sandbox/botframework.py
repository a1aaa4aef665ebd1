"""The Bot Framework's side of trust: metadata, keys, and the tokens with which it speaks to a bot.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from datetime import datetime, timedelta

from sandbox.clock import real_now
from sandbox.graph.door import Json
from sandbox.key_value_store import KeyValueStore
from sandbox.keys import Key, new_key, process_key

ISSUER = "https://api.botframework.com"
METADATA = "/v1/.well-known/openidconfiguration"
KEYS = "/v1/.well-known/keys"
LIFE = timedelta(hours=1)
OTHER_CHANNELS = ("directline", "webchat")


class BotFramework:
    def __init__(self, store: KeyValueStore, *, client_id: str, keep_keys: bool) -> None:
        self._keys = store.bucket("bot key", Key)
        self._client_id = client_id
        self._keep = keep_keys
        self.base = ""  # https://host:port
        if "current" not in self._keys:
            self._keys["current"] = self._new("teams", ("msteams",))

    @property
    def key(self) -> Key:
        """The one that signs what Teams sends."""
        return self._keys["current"]

    @property
    def other_key(self) -> Key:
        """Published as well, and endorsed for other channels only."""
        if "other" not in self._keys:
            self._keys["other"] = self._new("others", OTHER_CHANNELS)
        return self._keys["other"]

    def rotate_keys(self) -> Key:
        """Teams signs with a new key, the old one is no longer published."""
        self._keys["current"] = new_key(("msteams",))
        return self.key

    def metadata(self) -> Json:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": "https://invalid.botframework.com",
            "jwks_uri": self.base + KEYS,
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        }

    def key_set(self) -> Json:
        return {"keys": [self.key.published(), self.other_key.published()]}

    def token(
        self,
        service_url: str | None,
        *,
        audience: str | None = None,
        issuer: str = ISSUER,
        at: datetime | None = None,
        life: timedelta = LIFE,
        key: Key | None = None,
        kid: str | None = None,
        endorsed: bool = True,
        **claims: object,
    ) -> str:
        """As Teams sends it. Each keyword makes one thing different: for tests of what the bot
        lets in.

        `at` is when it was issued, `key` signs instead of the published one, `endorsed=False`
        takes a key that is published for other channels, `service_url=None` leaves that claim out.
        """
        now = at or real_now()
        signing = key or (self.key if endorsed else self.other_key)
        usual: dict[str, object] = {
            "iss": issuer,
            "aud": audience or self._client_id,
            "nbf": int((now - timedelta(minutes=5)).timestamp()),
            "iat": int(now.timestamp()),
            "exp": int((now + life).timestamp()),
        }
        if service_url is not None:
            usual["serviceurl"] = service_url
        return signing.sign({**usual, **claims}, kid=kid)

    def _new(self, name: str, endorsements: tuple[str, ...]) -> Key:
        return new_key(endorsements) if self._keep else process_key(name, endorsements)
