"""The way to a service of AWS: which address its name leads to, and whether that is reached."""

from __future__ import annotations

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.addresses import INTERNET
from dpctl.doctor.answers import dns_answer, endpoint_state
from dpctl.doctor.firewall import Answer, Peer
from dpctl.doctor.policy import EVERYBODY, decide, principals_of
from dpctl.doctor.requirements import ENDPOINT_ACTIONS, endpoint_resources, is_endpoint_of, partition
from dpctl.doctor.routes import gateway_endpoint, table_of
from dpctl.doctor.snapshot import CannotSee
from dpctl.doctor.walk import Walk, ranges_of

TESTED = frozenset({"sts", "secretsmanager", "kms"})  # what Glue itself asks when it tests a connection


class ToService(Walk):
    """A packet to port 443 of a service: an interface endpoint, S3's gateway endpoint, or the internet."""

    def go(self, subnet: m.Subnet) -> None:
        """Resolve the name, then go where it leads."""
        candidates = self._interface_endpoints(subnet)
        target = self._resolve(subnet, candidates)
        if self.to.service == "s3" and target is None and self._through_gateway(subnet):
            return
        if target is not None:
            self._through_interface(subnet, target)
            return
        self._through_internet(subnet, candidates)

    def _interface_endpoints(self, subnet: m.Subnet) -> list[m.Endpoint]:
        """The VPC's interface endpoints of the service; sets the doubt when endpoints can't be seen."""
        try:
            endpoints = self.facts[s.ENDPOINTS]
        except CannotSee as blind:
            self.doubt = blind.unknown.need
            return []
        return [
            one
            for one in endpoints
            if one.type.lower() == "interface"
            and one.vpc == subnet.vpc
            and is_endpoint_of(one.service, self.to.host)
        ]

    # -- where the name leads -----------------------------------------------------------------------------

    def _resolve(self, subnet: m.Subnet, candidates: list[m.Endpoint]) -> m.Endpoint | None:
        """Add the DNS hop; the endpoint the name resolves to, or None for the public address."""
        private = [one for one in candidates if one.answers]
        chosen = next((one for one in private if one.state.lower() == "available"), next(iter(private), None))
        dns = dns_answer(self.facts, subnet, self.to.host)
        hostnames = self.facts.known(s.VPC_DNS)
        if chosen and dns.outcome == "open" and hostnames and not hostnames.hostnames:
            text = f"enableDnsHostnames is off: {self.to.host} is a public address in spite of {chosen.id}"
            self.add("dns", subnet.vpc, "GC07", Answer("open", text))
            self.named(subnet, "")
            return None
        if dns.permission and chosen:
            self.doubt = self.doubt or dns.permission
        if chosen is None:
            chosen, dns = self._without_private_dns(subnet, candidates, dns)
        elif dns.outcome == "open":
            dns = Answer("open", f"{self.to.host} resolves to the private addresses of {chosen.id}")
        self.add("dns", subnet.vpc, "GC07", dns)
        zone = self._zone()
        if dns.outcome != "blocked":
            self.named(subnet, self.to.host if chosen and chosen.answers else zone.name if zone else "")
        return chosen

    def _without_private_dns(
        self, subnet: m.Subnet, candidates: list[m.Endpoint], dns: Answer
    ) -> tuple[m.Endpoint | None, Answer]:
        """Where the name leads when no endpoint here answers to it: a hosted zone, something far, or
        outside.
        """
        zone = self._zone()
        if zone is not None and dns.outcome != "blocked":
            beside = next((one for one in candidates if one.state.lower() == "available"), None)
            text = f"the hosted zone {zone.name} ({zone.id}) answers for {self.to.host}"
            if beside is not None:
                self.inferred = True
                return beside, Answer("open", f"{text}, beside {beside.id}")
            self.elsewhere = f"{text}, with addresses that can't be seen from here"
            return None, Answer("open", text)
        self.elsewhere = self.shared(subnet) or self._profiled() or self.far(subnet)
        if dns.outcome == "open":
            dns = Answer("open", f"{self.to.host} resolves to a public address")
        return None, dns

    def _profiled(self) -> str:
        """What a Route 53 profile brings that may answer for the name: an endpoint, or a zone of another
        account.
        """
        known = self.facts.known(s.ENDPOINTS) or ()
        for one in self.facts.known(s.PROFILES) or ():
            if one.kind == "VPC_ENDPOINT":
                endpoint = s.find(known, one.id)
                if endpoint is None or is_endpoint_of(endpoint.service, self.to.host):
                    return f"a Route 53 profile brings {one.id}: where it leads is not seen from here"
            elif one.kind == "PRIVATE_HOSTED_ZONE" and not one.name:
                return f"a Route 53 profile brings the zone {one.id}, which can't be seen"
        return ""

    def _zone(self) -> m.HostedZone | None:
        """The private hosted zone of one's own that answers for the name; the longest name wins."""
        mine = [
            one
            for one in self.facts.known(s.ZONES) or ()
            if not one.service and (self.to.host == one.name or self.to.host.endswith("." + one.name))
        ]
        return max(mine, key=lambda one: len(one.name), default=None)

    def _why_no_endpoint(self, subnet: m.Subnet, candidates: list[m.Endpoint]) -> Answer:
        if self.doubt:
            return Answer("unknown", "VPC endpoints can't be seen", self.doubt)
        if self.to.service == "sts-global":
            return Answer("blocked", "no endpoint of a region answers for the global STS")
        if not candidates:
            text = f"{subnet.vpc} has no endpoint for {self.to.service}"
            if self.elsewhere:
                return Answer("unknown", f"{text}; {self.elsewhere}")
            return Answer("blocked", text, label="MISSING")
        one = candidates[0]
        if not one.answers:
            text = f"{one.id} is there, but its private DNS is off: the name does not lead to it"
            if self.elsewhere:
                return Answer("unknown", f"{text}; {self.elsewhere}")
            # a rule, a zone, a profile or a server of one's own may lead it there, unless all are seen
            told = (s.ZONES, s.RESOLVER_RULES, s.PROFILES)
            unseen = any(self.facts.known(one) is None for one in told)
            unsure = any(hop.kind == "dns" and hop.outcome != "open" for hop in self.hops)
            return Answer("blocked", text, inferred=unseen or unsure)
        text = f"{one.id} is there, but enableDnsHostnames of {subnet.vpc} is off"
        return Answer("blocked", text, label="NO-HOSTNAMES")

    # -- and how to get there -----------------------------------------------------------------------------

    @property
    def endpoint_code(self) -> str:
        """The check that speaks for the endpoint of this destination."""
        return {"sts": "GC12", "sts-global": "GC27", "s3": "GC10"}.get(self.to.service, "GC13")

    def _through_interface(self, subnet: m.Subnet, endpoint: m.Endpoint) -> None:
        subnets = [one for one in self.facts[s.SUBNETS] if one.id in endpoint.subnets]
        ranges = ranges_of(subnets)
        if not ranges:
            state = endpoint_state(endpoint, subnets)
            if endpoint.subnets and state.outcome == "blocked" and endpoint.state.lower() == "available":
                state = Answer("unknown", f"the subnets of {endpoint.id} can't be seen from here")
            self.add("endpoint", endpoint.id, self.endpoint_code, state)
            return
        peer = Peer(f"{endpoint.id} ({self.to.service})", ranges, endpoint.groups, self.to.service)
        self.outbound(subnet, peer, 443)
        self.local_route(subnet, ranges, endpoint.id, "GC08", "")
        self.add("endpoint", endpoint.id, self.endpoint_code, endpoint_state(endpoint, subnets))
        self.inbound(subnet, subnets, endpoint.groups, 443, "endpoint security group", "GC14")
        self._policy(endpoint)

    def _through_gateway(self, subnet: m.Subnet) -> bool:
        """Whether the route table leads to a gateway endpoint; its hops are added."""
        try:
            table = table_of(self.facts, subnet)
            endpoint, active = gateway_endpoint(self.facts, table, self.to.host) if table else (None, False)
        except CannotSee as blind:
            self.doubt = self.doubt or blind.unknown.need
            return False
        if table is None or endpoint is None:
            return False
        self.outbound(subnet, Peer("S3", INTERNET, service="s3", exact=False), 443)
        text = f"{table.id}: S3's prefix list -> {endpoint.id}"
        answer = Answer("open", text) if active else Answer("blocked", text + " [blackhole]")
        self.add("route", table.id, "GC10", answer)
        self.add("endpoint", endpoint.id, "GC10", endpoint_state(endpoint, None))
        self._policy(endpoint)
        return True

    def _through_internet(self, subnet: m.Subnet, candidates: list[m.Endpoint]) -> None:
        no_endpoint = self._why_no_endpoint(subnet, candidates)
        if no_endpoint.inferred:
            self.inferred = True
        peer = Peer("public addresses", INTERNET, service=self.to.service, exact=False)
        self.outbound(subnet, peer, 443)
        way = self.default_route(subnet)
        stopped = any(hop.outcome == "blocked" and hop.code in {"GC08", "GC09"} for hop in self.hops)
        if stopped or (way != "open" and no_endpoint.outcome == "unknown"):
            code = "GC07" if no_endpoint.label == "NO-HOSTNAMES" else self.endpoint_code
            self.add("endpoint", subnet.vpc, code, no_endpoint)

    def _policy(self, endpoint: m.Endpoint) -> None:
        """The endpoint's policy, asked about what goes through it; any one of the actions will do."""
        actions = ENDPOINT_ACTIONS.get(self.to.service, ())
        if not endpoint.policy or not actions:
            return
        role, caller = self.facts.known(s.ROLE), self.facts.known(s.CALLER)
        who = caller.arn if caller else ""
        principals = principals_of(role.arn if role else "", caller.account if caller else "", who)
        resources = endpoint_resources(
            self.to.service, self._secret(), self._scripts(), partition(self.to.host)
        )
        verdicts = {action: decide(endpoint.policy, principals, action, resources) for action in actions}
        action = next((one for one in actions if verdicts[one] != "denied"), actions[0])
        words = f"the policy of {endpoint.id}"
        everybody = all(decide(endpoint.policy, EVERYBODY, one, ()) == "denied" for one in actions)
        match verdicts[action]:
            case "allowed":
                answer = Answer("open", f"{words} allows {action}")
            case "denied" if everybody:
                answer = Answer("blocked", f"{words} denies {action} to everybody")
            case "denied" if not role or not role.arn:
                text = f"{words} allows {action} to some, and the role can't be seen"
                answer = Answer("unknown", text, s.ROLE.permission)
            case "denied":
                what = f" on {', '.join(resources)}" if resources else ""
                text = f"{words} does not allow {action}{what} to the role"
                # Glue's test goes this way itself, though with a role that somebody chose at its time
                inferred = self.connection.ready and self.to.service in TESTED
                answer = Answer("blocked", text, inferred=inferred)
            case _:
                answer = Answer("unknown", f"{words} allows {action} only under a condition")
        self.add("endpoint policy", endpoint.id, "GC15", answer)

    def _secret(self) -> str:
        secret = self.facts.known(s.SECRET)
        return secret.arn if secret else ""

    def _scripts(self) -> list[str]:
        jobs = self.facts.known(s.JOBS) or ()
        return [job.script for job in jobs if self.connection.name in job.connections]
