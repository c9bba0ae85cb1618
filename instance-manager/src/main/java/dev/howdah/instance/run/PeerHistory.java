// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.PostgresStatus;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.TimelineHistory;
import dev.howdah.instance.http.Endpoint;
import dev.howdah.instance.http.Reply;
import dev.howdah.instance.lead.Directory;
import dev.howdah.instance.lead.Peers;
import dev.howdah.instance.server.Observer;
import dev.howdah.instance.server.Upstream;
import dev.howdah.kube.Json;
import dev.howdah.postgres.data.DataDirectory;
import dev.howdah.postgres.data.WalDirectory;
import dev.howdah.postgres.replication.RejoinDecision;
import dev.howdah.postgres.sql.PgServer;
import java.io.IOException;
import java.util.Optional;

/// How a standby learns whether it may follow: the one that writes a timeline tells its past to the
/// others.
final class PeerHistory implements Upstream {
  static final String PATH = "/howdah/history";

  private final Peers peers;
  private final Directory directory;

  PeerHistory(Peers peers, Directory directory) {
    this.peers = peers;
    this.directory = directory;
  }

  @Override
  public String address(String instance) {
    return directory.lookUp(instance);
  }

  @Override
  public Optional<RejoinDecision.Upstream> past(String instance, Timeline timeline)
      throws InterruptedException {
    Optional<byte[]> answer = peers.fetch(instance, PATH + "?timeline=" + timeline.id());
    if (answer.isEmpty()) {
      return Optional.empty();
    }
    try {
      ObjectNode json = Json.parse(answer.get());
      return Optional.of(
          new RejoinDecision.Upstream(
              Long.parseLong(json.path("system").asText()),
              TimelineHistory.parse(
                  new Timeline(json.path("timeline").asInt(timeline.id())),
                  json.path("history").asText("")),
              json.path("checkpointed").asBoolean(false)));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// Whether the log is that of the term in which a standby asks: one that was elected is on the
  /// timeline before, until it is promoted. Who follows another cluster goes wherever that goes: an
  /// election began no timeline, and once it is promoted, its own may be a later one.
  ///
  /// @param asked what the Lease said, perhaps some time ago
  static boolean isWritten(Timeline asked, PostgresStatus seen, boolean inOffice) {
    Timeline written = seen.position().timeline();
    return seen.phase() == PostgresStatus.Phase.PRIMARY
        && !written.equals(Timeline.NONE)
        && (inOffice || written.compareTo(asked) >= 0);
  }

  /// The other side: what this instance answers when it is the primary.
  static Reply answer(Endpoint.Request request, DataDirectory data, Observer observer, PgServer sql)
      throws IOException {
    var asked = new Timeline(Integer.parseInt(request.query().replace("timeline=", "")));
    PostgresStatus seen = observer.look().status();
    Timeline timeline = seen.position().timeline();
    if (!isWritten(asked, seen, observer.isStillDesignated())) {
      return Reply.text(404, "this instance doesn't write timeline " + asked + " yet");
    }
    Optional<String> text =
        timeline.id() == 1 ? Optional.of("") : WalDirectory.of(data).historyText(timeline);
    if (text.isEmpty()) {
      return Reply.text(404, "there is no history of timeline " + timeline);
    }
    var control =
        sql.query(
                "SELECT c.timeline_id, s.system_identifier"
                    + " FROM pg_control_checkpoint() c, pg_control_system() s")
            .single();
    return Reply.json(
        Json.object()
            .put("timeline", timeline.id())
            .put("history", text.get())
            .put("system", control.text("system_identifier"))
            .put("checkpointed", control.number("timeline_id") >= timeline.id()));
  }
}
