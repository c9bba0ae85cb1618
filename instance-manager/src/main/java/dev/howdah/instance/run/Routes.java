// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import dev.howdah.core.leadership.Event;
import dev.howdah.core.leadership.PeerMessage;
import dev.howdah.instance.guard.BootClock;
import dev.howdah.instance.http.Endpoint;
import dev.howdah.instance.http.Reply;
import dev.howdah.instance.lead.LeadershipLoop;
import dev.howdah.instance.lead.Peers;
import dev.howdah.instance.server.Observer;
import dev.howdah.instance.server.ServerContext;
import dev.howdah.instance.update.Update;
import dev.howdah.postgres.sql.PgServer;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the status server answers, by path.
///
/// Probes are answered from early on, since looking at the data directory may take a while: until
/// the parts are there, the instance is alive but neither started nor ready.
final class Routes {
  static final String SWITCH_PATH = "/howdah/switch-wal";
  private static final Duration STUCK = Duration.ofSeconds(30);

  private volatile @Nullable Parts parts;

  /// What answers once the instance manager is put together.
  ///
  /// @param events where a peer's message goes
  record Parts(
      ServerContext context,
      BootClock clock,
      LeadershipLoop loop,
      Isolation isolation,
      Probes probes,
      StatusReport report,
      Upkeep upkeep,
      Update update,
      Observer observer,
      PgServer sql,
      Consumer<Event> events) {

    private Reply liveness() throws InterruptedException {
      Duration silence = Duration.ofNanos(clock.nanos() - loop.steppedAt());
      return silence.compareTo(STUCK) < 0
          ? isolation.check()
          : Reply.failed("the leadership loop stands still for " + silence.toSeconds() + " s");
    }

    private Reply fromPeer(Endpoint.Request request) throws IOException {
      PeerMessage message = Peers.decode(request.body());
      if (message instanceof PeerMessage.PositionRequest) {
        observer.look(); // who asks wants to know now, perhaps to hand over
      }
      events.accept(new Event.Received(message));
      return Reply.ok();
    }
  }

  @FunctionalInterface
  private interface Work {
    Reply answer(Parts parts, Endpoint.Request request) throws IOException, InterruptedException;
  }

  void use(Parts assembled) {
    parts = assembled;
  }

  Map<String, Endpoint> all() {
    Map<String, Endpoint> all = new HashMap<>();
    all.put("/healthz", Endpoint.open(or(Reply.ok(), (run, _) -> run.liveness())));
    all.put("/readyz", Endpoint.open(ready((run, _) -> run.probes().readiness())));
    all.put("/startupz", Endpoint.open(ready((run, _) -> run.probes().startup())));
    all.put(Isolation.PATH, Endpoint.open(_ -> Reply.ok()));
    all.put("/pg/status", Endpoint.open(ready((run, _) -> Reply.json(run.report().read()))));
    all.put(Peers.PATH, forPeers(Parts::fromPeer));
    all.put(
        PeerHistory.PATH,
        forPeers((run, request) ->
            PeerHistory.answer(request, run.context().data(), run.observer(), run.sql())));
    all.put(SWITCH_PATH, forPeers((run, _) -> Reply.text(200, run.sql().switchWal())));
    all.put(Upkeep.SLOTS_PATH, forPeers((run, _) -> Reply.json(run.upkeep().slots())));
    all.put(
        Update.PATH,
        new Endpoint(
            Endpoint.Access.OPERATOR,
            Update.PART,
            ready((run, request) -> run.update().answer(request))));
    all.put(
        "/pg/controldata",
        new Endpoint(
            Endpoint.Access.OPERATOR,
            ready((run, _) -> Reply.json(ControlDataReport.of(run.context())))));
    return all;
  }

  private Endpoint forPeers(Work work) {
    return new Endpoint(Endpoint.Access.PEERS, ready(work));
  }

  private Endpoint.Work ready(Work work) {
    return or(Reply.failed("the instance manager starts"), work);
  }

  private Endpoint.Work or(Reply before, Work work) {
    return request -> {
      Parts assembled = parts;
      return assembled == null ? before : work.answer(assembled, request);
    };
  }
}
