// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.Announcement;
import dev.howdah.core.leadership.Effect;
import dev.howdah.instance.lead.LeadershipLoop;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes this instance known as the primary: first the Services for writes, then the labels that
/// other services select by, the own one at last so that none ever has two, then the Cluster's
/// status. Tries until it is done, another announcement replaces it, or the instance leads no
/// longer.
public final class PrimaryAnnouncer implements LeadershipLoop.Announcer {
  private static final Logger LOG = LoggerFactory.getLogger(PrimaryAnnouncer.class);
  private static final List<String> ROLE_LABELS =
      List.of("role", "cnpg.io/instanceRole", "cnpg.io/role");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final KubeClient client;
  private final ClusterSource cluster;
  private final WriteServices services;
  private final String namespace;
  private final String self;
  private final String uid;
  private final InstantSource clock;
  private final LongPredicate stillLeads;
  private final AtomicLong latest = new AtomicLong();

  /// @param uid of this pod: another one of its name, made after a forced deletion, has a label of
  ///   its own; empty: unknown
  /// @param stillLeads whether this instance holds the Lease of that term, and leads or is being
  ///   promoted
  public PrimaryAnnouncer(
      KubeClient client,
      ClusterSource cluster,
      String namespace,
      String self,
      String uid,
      InstantSource clock,
      LongPredicate stillLeads) {
    this.client = client.deadline(Duration.ofSeconds(3));
    this.cluster = cluster;
    this.services = new WriteServices(this.client, cluster, namespace, self);
    this.namespace = namespace;
    this.self = self;
    this.uid = uid;
    this.clock = clock;
    this.stillLeads = stillLeads;
  }

  /// Lets `-rw` lead to this instance, and takes the old primary's label, while the promotion is
  /// still at work: who connects meanwhile reads until it is done, and writes from then on.
  @Override
  public void prepare(long term) {
    BooleanSupplier leads = () -> stillLeads.test(term);
    Thread.ofVirtual()
        .name("route")
        .start(() -> {
          String old = new ClusterFields(cluster.current()).currentPrimary();
          if (services.leadHere(leads) && !old.isEmpty() && !old.equals(self)) {
            unlabel(old, leads);
          }
        });
  }

  @Override
  public void announce(Effect.Announce announcement) {
    long turn = latest.incrementAndGet();
    Thread.ofVirtual().name("announce").start(() -> untilDone(turn, announcement.term()));
  }

  private void untilDone(long turn, long term) {
    var announcement = new Announcement(self);
    BooleanSupplier leads = () -> stillLeads.test(term);
    try {
      while (latest.get() == turn) {
        String old = new ClusterFields(cluster.current()).currentPrimary();
        Announcement.Call call = announcement.next(leads.getAsBoolean(), old, others());
        if (call instanceof Announcement.Call.Done) {
          return;
        }
        announcement.done(
            call,
            make(
                call,
                seen -> latest.get() == turn && announcement.isWanted(seen, leads.getAsBoolean())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<String> others() {
    List<String> others = new ArrayList<>(new ClusterFields(cluster.current()).instanceNames());
    others.remove(self);
    return others;
  }

  private boolean make(Announcement.Call call, Predicate<Announcement.Call> wanted)
      throws InterruptedException {
    return switch (call) {
      case Announcement.Call.Route route -> services.leadHere(() -> wanted.test(route));
      case Announcement.Call.Unlabel unlabel -> unlabel(unlabel.pod(), () -> wanted.test(unlabel));
      case Announcement.Call.Label _ -> patch(self, "primary");
      case Announcement.Call.WriteStatus _ -> status();
      case Announcement.Call.Pause(Duration length) -> {
        Thread.sleep(length);
        yield true;
      }
      case Announcement.Call.Done _ -> true;
    };
  }

  /// Corrects the label of a pod that still has that of the primary. Only the pod as it was seen
  /// while that was wanted is written: coming late, it must not undo the label of a newer term.
  private boolean unlabel(String pod, BooleanSupplier wanted) {
    try {
      ObjectNode seen = client.get(Resource.PODS, namespace, pod);
      if (pod.equals(self) && !uid.isEmpty() && !Json.uid(seen).equals(uid)) {
        return true;
      }
      boolean wrong = ROLE_LABELS.stream().anyMatch(key -> Json.label(seen, key).equals("primary"));
      return !wrong || !wanted.getAsBoolean() || patch(pod, "replica", Json.resourceVersion(seen));
    } catch (KubeException e) {
      return e.isNotFound();
    }
  }

  private boolean patch(String pod, String role) {
    return patch(pod, role, "");
  }

  /// @param version of the pod as it was seen; empty to write whatever it is by now
  private boolean patch(String pod, String role, String version) {
    ObjectNode patch = Json.object();
    ObjectNode metadata = patch.putObject("metadata");
    if (!version.isEmpty()) {
      metadata.put("resourceVersion", version);
    }
    if (pod.equals(self) && !uid.isEmpty()) {
      metadata.put("uid", uid);
    }
    ObjectNode labels = metadata.putObject("labels");
    ROLE_LABELS.forEach(key -> labels.put(key, role));
    try {
      client.merge(Resource.PODS, namespace, pod, patch);
      return true;
    } catch (KubeException e) {
      if (e.isNotFound() && !pod.equals(self)) {
        return true;
      }
      LOG.atWarn()
          .addKeyValue("instance", pod)
          .addKeyValue("role", role)
          .addKeyValue("error", e.getMessage())
          .log("role label not written");
      return false;
    }
  }

  private boolean status() {
    try {
      ObjectNode object = client.get(Resource.CLUSTERS, namespace, Json.name(cluster.current()));
      JsonNode status = object.path("status");
      String now = TIME.format(clock.instant());
      ObjectNode patch = Json.object();
      ObjectNode fields = patch.putObject("status");
      if (!status.path("currentPrimary").asText("").equals(self)) {
        fields.put("currentPrimary", self).put("currentPrimaryTimestamp", now);
      }
      String target = status.path("targetPrimary").asText("");
      boolean settled =
          target.isEmpty()
              || target.equals("pending")
              || target.equals(status.path("currentPrimary").asText(""));
      if (settled && !target.equals(self)) { // else somebody asked for another switchover meanwhile
        fields.put("targetPrimary", self).put("targetPrimaryTimestamp", now);
      }
      if (!fields.isEmpty()) {
        patch.putObject("metadata").put("resourceVersion", Json.resourceVersion(object));
        client.patchStatus(Resource.CLUSTERS, namespace, Json.name(object), new Patch.Merge(patch));
        LOG.atInfo().addKeyValue("instance", self).log("announced as primary");
      }
      return true;
    } catch (KubeException e) {
      LOG.atWarn().addKeyValue("error", e.getMessage()).log("primary not written to status");
      return false;
    }
  }
}
