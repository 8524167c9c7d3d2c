"""Channel types, from the kinds of well-known sources and media.

The list holds what is known best, not everything; whatever is not in it is a referral.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

# Names that stand for themselves and, as `google.co.uk`, under the domains of all countries.
_BRANDS = {
    "Search": "google bing yahoo yandex baidu duckduckgo ecosia qwant startpage sogou naver seznam",
    "Social": "facebook instagram linkedin pinterest tumblr reddit quora vk tiktok snapchat weibo",
    "Video": "youtube vimeo dailymotion twitch bilibili",
    "Shopping": "amazon ebay etsy aliexpress alibaba walmart shopee lazada zalando rakuten taobao "
    "mercadolibre mercadolivre allegro shopify",
}
# Names and domains that are known as they are; domains also below `www.`, `m.` and the like.
_EXACT = {
    "Search": "search.brave.com kagi.com ask ask.com aol search.aol.com so.com daum.net "
    "com.google.android.googlequicksearchbox",
    "Social": "fb fb.com fb.me meta messenger.com ig threads threads.net threads.com twitter "
    "twitter.com x.com t.co lnkd.in redd.it bsky.app mastodon.social discord discord.com "
    "telegram t.me telegram.org web.telegram.org whatsapp whatsapp.com wa.me wechat "
    "weixin.qq.com line.me medium.com news.ycombinator.com hackernews stackoverflow.com "
    "producthunt producthunt.com github.com slack.com nextdoor.com xing.com ok.ru vk.com "
    "blogger.com blogspot.com wordpress.com com.facebook.katana com.twitter.android "
    "com.linkedin.android com.reddit.frontpage com.instagram.android org.telegram.messenger",
    "Video": "youtu.be netflix.com hulu.com ted.com wistia.com nicovideo.jp "
    "com.google.android.youtube",
    "Shopping": "shopping.google.com stripe.com target.com bestbuy.com flipkart.com jd.com "
    "tmall.com temu.com bol.com",
    "Email": "gmail mail.google.com com.google.android.gm outlook outlook.com outlook.live.com "
    "outlook.office.com outlook.office365.com mail.yahoo.com mail.aol.com mail.yandex.ru "
    "mail.proton.me mail.ru e.mail.ru newsletter mailchimp com.apple.mobilemail",
    "AI": "chatgpt chatgpt.com chat.openai.com perplexity perplexity.ai claude.ai "
    "gemini.google.com copilot.microsoft.com meta.ai deepseek.com chat.deepseek.com "
    "ai.perplexity.app",
}  # fmt: skip
_PAID_MEDIA = {
    "Display": "banner cpm display expandable interstitial",
    "Paid Social": "sm social social-media social-network social_media social_network",
    "Paid Video": "video",
}
_ORGANIC_MEDIA = {
    "Affiliate": "affiliate partnership partnerships",
    "Audio": "audio",
    "Display": _PAID_MEDIA["Display"],
    "Email": "email e-mail e_mail",
    "Organic Social": _PAID_MEDIA["Paid Social"],
    "Organic Video": "video",
    "Push": "mobile notification push",
    "Referral": "app link referral",
    "SMS": "sms",
}
_SHOPPING = "'^(.*(([^a-df-z]|^)shop|shopping).*)$'"


@dataclass(frozen=True, slots=True)
class Arrival:
    """SQL of what is known of an arrival; each may be NULL, the last two are 0 or 1."""

    source: str
    medium: str
    campaign: str
    referring_domain: str
    gad_source: str
    has_gclid: str
    has_fbclid: str


def arrival_of(value: Callable[[str], str]) -> Arrival:
    """Return the arrival whose parts `value` gives by name; empty ones are NULL there."""
    return Arrival(
        source=value("utm_source"),
        medium=value("utm_medium"),
        campaign=value("utm_campaign"),
        referring_domain=value("referring_domain"),
        gad_source=value("gad_source"),
        has_gclid=f"isNotNull({value('gclid')})",
        has_fbclid=f"isNotNull({value('fbclid')})",
    )


def domain_type(value: str) -> str:
    """Return SQL for the kind of a source or domain: Search, Social, …; NULL for others."""
    text = f"lower(ifNull({value}, ''))"
    names = {name: kind for kind, listed in _BRANDS.items() for name in listed.split()}
    exact = names | {name: kind for kind, listed in _EXACT.items() for name in listed.split()}
    return (
        f"coalesce({_looked_up(text, exact)}, "
        f"{_looked_up(f'cutToFirstSignificantSubdomain({text})', exact)}, "
        f"{_looked_up(f'firstSignificantSubdomain({text})', names)})"
    )


def paid_source_type(value: str) -> str:
    """Return SQL for the channel of a paid click from a source or domain."""
    return _paid(domain_type(value))


def organic_source_type(value: str) -> str:
    """Return SQL for the channel of an unpaid click from a source or domain."""
    return _organic(domain_type(value))


def paid_medium_type(value: str) -> str:
    """Return SQL for the channel of a medium that was paid for."""
    return _looked_up(f"lower(ifNull({value}, ''))", dict(_media(_PAID_MEDIA)))


def organic_medium_type(value: str) -> str:
    """Return SQL for the channel of a medium that was not paid for."""
    return _looked_up(f"lower(ifNull({value}, ''))", dict(_media(_ORGANIC_MEDIA)))


def channel_type(arrival: Arrival) -> str:
    """Return SQL for the channel type of an arrival, never NULL."""
    campaign, medium, source = (
        f"lower(ifNull(nullIf({value}, 'null'), ''))"
        for value in (arrival.campaign, arrival.medium, arrival.source)
    )
    domain = f"ifNull({arrival.referring_domain}, '')"
    gad_source = f"ifNull(nullIf({arrival.gad_source}, 'null'), '')"
    paid = (
        f"coalesce({_paid('source_kind')}, "
        f"if(match({campaign}, {_SHOPPING}), 'Paid Shopping', NULL), "
        f"{paid_medium_type(medium)}, {_paid('domain_kind')}, "
        f"multiIf({gad_source} = '1', 'Paid Search', position({campaign}, 'video') > 0, "
        f"'Paid Video', {arrival.has_fbclid}, 'Paid Social', 'Paid Unknown'))"
    )
    organic = (
        f"coalesce({_organic('source_kind')}, "
        f"if(match({campaign}, {_SHOPPING}), 'Organic Shopping', NULL), "
        f"{organic_medium_type(medium)}, {_organic('domain_kind')}, "
        f"multiIf(position({campaign}, 'video') > 0, 'Organic Video', "
        f"endsWith({medium}, 'push'), 'Push', {arrival.has_fbclid}, 'Organic Social', "
        f"{domain} = '$direct', 'Direct', {domain} != '', 'Referral', 'Unknown'))"
    )
    was_paid = (
        f"{medium} IN ('cpc', 'cpm', 'cpv', 'cpa', 'ppc', 'retargeting') "
        f"OR startsWith({medium}, 'paid') OR {arrival.has_gclid} OR {gad_source} != ''"
    )
    was_direct = (
        f"{domain} = '$direct' AND {medium} = '' "
        f"AND {source} IN ('', '(direct)', 'direct', '$direct') AND NOT {arrival.has_fbclid}"
    )
    chosen = (
        f"multiIf(position({campaign}, 'cross-network') > 0, 'Cross Network', {was_paid}, {paid}, "
        f"{was_direct}, 'Direct', {organic})"
    )
    # The kinds are written once each: their list is long.
    kinds = f"[{domain_type(source)}], [{domain_type(domain)}]"
    return f"assumeNotNull(arrayMap((source_kind, domain_kind) -> {chosen}, {kinds})[1])"


def _paid(kind: str) -> str:
    return _looked_up(kind, {kind: f"Paid {kind}" for kind in _BRANDS})


def _organic(kind: str) -> str:
    names = {kind: f"Organic {kind}" for kind in _BRANDS}
    return _looked_up(kind, names | {"Email": "Email", "AI": "AI Assistant"})


def _media(types: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Names of media; those of two words are written with a space too."""
    for channel, listed in types.items():
        for name in listed.split():
            yield name, channel
            if "_" in name:
                yield name.replace("_", " "), channel


def _looked_up(text: str, found: Mapping[str, str]) -> str:
    keys = ", ".join(f"'{key}'" for key in found)
    types = ", ".join(f"'{kind}'" for kind in found.values())
    return f"transform({text}, [{keys}], [{types}], NULL)"
