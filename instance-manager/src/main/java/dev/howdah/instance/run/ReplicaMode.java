// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.core.leadership.State;
import dev.howdah.core.replica.Following;
import dev.howdah.core.wal.Timeline;
import dev.howdah.instance.cluster.ClusterFields;
import dev.howdah.instance.outside.Token;
import dev.howdah.instance.server.DesignatedPrimary;
import dev.howdah.instance.volume.Volume;
import dev.howdah.kube.EventRecorder;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.command.ControlData;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the primary what `spec.replica` says: one that writes, or one that follows another
/// cluster. For the holder of the Lease only.
final class ReplicaMode {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaMode.class);

  /// How long a promotion waits before an event says what for.
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final KubeClient kube;
  private final String namespace;
  private final String version;
  private final Volume volume;
  private final DesignatedPrimary designated;
  private final Supplier<State> state;
  private final BooleanSupplier permitted;
  private final Runnable usedUp;
  private final EventRecorder recorder;
  private final Consumer<String> refusal;
  private String refused = "";
  private String failed = "";
  private String awaited = "";
  private long awaitedSince;
  private boolean saidToWait;

  /// The token of the demotion that this run saw; empty: of none.
  private String made = "";

  /// @param usedUp tells the leadership protocol that the token's point is reached
  /// @param refusal hears why the token promotes nobody, and what to do; empty: it isn't refused
  ReplicaMode(
      KubeClient kube,
      String namespace,
      String version,
      Volume volume,
      DesignatedPrimary designated,
      Supplier<State> state,
      BooleanSupplier permitted,
      Runnable usedUp,
      EventRecorder recorder,
      Consumer<String> refusal) {
    this.kube = kube;
    this.namespace = namespace;
    this.version = version;
    this.volume = volume;
    this.designated = designated;
    this.state = state;
    this.permitted = permitted;
    this.usedUp = usedUp;
    this.recorder = recorder;
    this.refusal = refusal;
  }

  /// Brings it nearer to that.
  ///
  /// @return whether it is to be looked at again soon
  boolean once(JsonNode cluster) throws IOException, InterruptedException {
    long planned = designated.generation(); // before it is known that this instance leads
    if (!state.get().leads()) {
      return true;
    }
    boolean inOffice = designated.isInOffice();
    boolean recovers = !inOffice || designated.recovers();
    return switch (duty(cluster, inOffice, recovers)) {
      case LEAD -> {
        designated.stayPrimary();
        failed = "";
        yield !promoted(cluster);
      }
      case DEMOTE -> {
        if (!isTimelineKnown()) {
          yield true;
        }
        demote(cluster);
        designated.refresh();
        tell(cluster);
        yield false;
      }
      case FOLLOW -> {
        refusal.accept("");
        designated.refresh();
        tell(cluster);
        yield false;
      }
      case PROMOTE_AT_TOKEN, PROMOTE -> !promote(cluster, planned, recovers);
    };
  }

  private static Following.Duty duty(JsonNode cluster, boolean inOffice, boolean recovers) {
    return Following.duty(
        ClusterFields.isReplica(cluster), inOffice, recovers, awaitsToken(cluster));
  }

  /// A standby leads nobody: a token that was told, or that a promotion made void, is not to be
  /// told when this instance leads again.
  void standby(JsonNode cluster) throws IOException {
    if (!ClusterFields.isReplica(cluster) || !told(cluster).isEmpty()) {
      volume.forgetToken();
    }
  }

  private void demote(JsonNode cluster) throws IOException, InterruptedException {
    LOG.info("the Cluster follows another one now: the primary becomes a standby of that");
    switching(cluster, true);
    try {
      Token token = Token.of(designated.demote(this::keep), version);
      failed = "";
      LOG.atInfo().addKeyValue("token", token).log("demoted");
      recorder.normal(cluster, "Demoted", "The primary follows another cluster now; " + token);
    } catch (IOException e) {
      complain(cluster, String.valueOf(e.getMessage()));
      throw e;
    } finally {
      switching(cluster, false);
    }
  }

  private void complain(JsonNode cluster, String why) {
    if (!failed.equals(why)) {
      failed = why;
      recorder.warning(
          cluster,
          "DemotionFailed",
          "spec.replica asks this cluster to follow another one, and its primary stays one: "
              + why
              + "; it is tried again");
    }
  }

  private void keep(ControlData control) throws IOException {
    String token = Token.of(control, version).text();
    volume.keepToken(token);
    made = token;
  }

  private void switching(JsonNode cluster, boolean inProgress) {
    ObjectNode patch = Json.object();
    patch.putObject("status").putObject("switchReplicaClusterStatus").put("inProgress", inProgress);
    patch(cluster, patch);
  }

  private static String told(JsonNode cluster) {
    return cluster.path("status").path("demotionToken").asText("");
  }

  /// The token was kept before the server started again: whatever happens, it is told. One of an
  /// earlier run gives way to what is told already: another instance may have been demoted since.
  private void tell(JsonNode cluster) throws IOException, InterruptedException {
    Optional<String> token = volume.token();
    if (token.isPresent()
        && Following.tells(token.get(), told(cluster), made)
        && endsAt(token.get())) {
      ObjectNode patch = Json.object();
      // The token of an earlier promotion is one of the past too: given again by mistake, it must
      // not pass for one that was checked.
      patch.putObject("status").put("demotionToken", token.get()).putNull("lastPromotionToken");
      patch(cluster, patch);
    }
  }

  /// Whether the log still ends where the token says. The token of an instance that was away while
  /// the clusters changed places is one of the past: whoever is promoted at it loses what came
  /// later.
  private boolean endsAt(String token) throws IOException, InterruptedException {
    if (Token.parse(token).check(designated.restartPoint(), reached())
        instanceof Token.Verdict.Complete) {
      return true;
    }
    volume.forgetToken();
    return false;
  }

  /// @param seen the Cluster as the watch has it; what decides is read just now
  /// @return whether it is done
  private boolean promote(JsonNode seen, long planned, boolean recovers)
      throws IOException, InterruptedException {
    JsonNode cluster = recovers ? kube.get(Resource.CLUSTERS, namespace, Json.name(seen)) : seen;
    Following.Duty duty = duty(cluster, true, recovers);
    boolean now =
        switch (duty) {
          case PROMOTE -> true;
          case PROMOTE_AT_TOKEN -> isComplete(cluster, token(cluster));
          case FOLLOW, LEAD, DEMOTE -> false;
        };
    if (!now || !votersAreKnown(duty)) {
      return false;
    }
    LeaseRecord lease = state.get().leaseRecord();
    designated.promote(
        lease == null ? new Timeline(1) : lease.timeline(),
        planned,
        duty == Following.Duty.PROMOTE_AT_TOKEN,
        () -> state.get().leads() && permitted.getAsBoolean(),
        () -> state.get().synchronous());
    recorder.normal(cluster, "Promoted", "This cluster follows no other one any more");
    return promoted(cluster);
  }

  /// Voters that confirmed what this cluster's last primary wrote stand for all of the log only
  /// where no other one has written since. At a token one has.
  private boolean votersAreKnown(Following.Duty duty) {
    LeaseRecord lease = state.get().leaseRecord();
    if (duty == Following.Duty.PROMOTE_AT_TOKEN
        && (lease == null || !lease.quorum().asynchronous())) {
      usedUp.run();
      return false;
    }
    return isTimelineKnown();
  }

  private static String token(JsonNode cluster) {
    return cluster.path("spec").path("replica").path("promotionToken").asText("");
  }

  /// Whether the Cluster is to be promoted, at a certain point, and is not known to have been.
  static boolean awaitsToken(JsonNode cluster) {
    String last = cluster.path("status").path("lastPromotionToken").asText("");
    return !ClusterFields.isReplica(cluster)
        && !token(cluster).isEmpty()
        && !token(cluster).equals(last);
  }

  /// The primary is one that writes: what was said about its demotion is over. Whoever is elected
  /// before the Lease has voters may lack what the other cluster acknowledged; as long as the token
  /// counts as one that is awaited, such a one waits for the rest.
  ///
  /// @return whether all of it is said
  private boolean promoted(JsonNode cluster) throws IOException {
    if (awaitsToken(cluster) && !electsByVoters()) {
      return false;
    }
    volume.forgetToken();
    made = "";
    ObjectNode patch = Json.object();
    ObjectNode status = patch.putObject("status");
    if (!told(cluster).isEmpty()) {
      status.putNull("demotionToken");
    }
    if (awaitsToken(cluster)) {
      status.put("lastPromotionToken", token(cluster));
    }
    if (!status.isEmpty()) {
      patch(cluster, patch);
    }
    return true;
  }

  /// Whether an election asks the Lease's voters, or the Cluster wants none.
  private boolean electsByVoters() {
    State now = state.get();
    LeaseRecord lease = now.leaseRecord();
    return now.cluster().sync().isAsynchronous()
        || (lease != null && !lease.quorum().asynchronous() && !now.cluster().inOffice());
  }

  private boolean isComplete(JsonNode cluster, String text)
      throws IOException, InterruptedException {
    return switch (verdict(text)) {
      case Token.Verdict.Complete _ -> {
        refusal.accept("");
        yield true;
      }
      case Token.Verdict.NotYet(var why) -> {
        refusal.accept("");
        LOG.atInfo().addKeyValue("why", why).log("promotion waits");
        waits(cluster, text, why);
        yield false;
      }
      case Token.Verdict.Never(var why, var remedy) -> {
        LOG.atError().addKeyValue("why", why).log("promotion token refused");
        String message =
            "Promotion token content is not correct for current instance: %s. %s"
                .formatted(why, remedy);
        refusal.accept(message);
        if (!refused.equals(text)) {
          refused = text;
          recorder.warning(cluster, "PromotionTokenRefused", message);
        }
        yield false;
      }
    };
  }

  /// Soon it has the rest, as a rule. Else somebody has to know what it waits for.
  private void waits(JsonNode cluster, String token, String why) {
    if (!awaited.equals(token)) {
      awaited = token;
      awaitedSince = System.nanoTime();
      saidToWait = false;
    } else if (!saidToWait && System.nanoTime() - awaitedSince > PATIENCE.toNanos()) {
      saidToWait = true;
      recorder.warning(
          cluster,
          "PromotionWaits",
          why
              + "; it is promoted as soon as that is so. If spec.replica.promotionToken isn't the"
              + " present status.demotionToken of the demoted cluster, copy that");
    }
  }

  private Token.Verdict verdict(String text) throws InterruptedException {
    Token token;
    try {
      token = Token.parse(text);
    } catch (IOException e) {
      return new Token.Verdict.Never(String.valueOf(e.getMessage()));
    }
    Token.Verdict verdict = token.check(designated.restartPoint(), reached());
    return verdict instanceof Token.Verdict.Complete && designated.isSourceWriting()
        ? new Token.Verdict.Never(
            "it is of an earlier demotion, as the cluster named in spec.replica.source accepts"
                + " writes: demote that one first")
        : verdict;
  }

  /// Whether the Lease says already which timeline the log of this primary is on: a newer one that
  /// it is seen to reach after its demotion is another cluster's.
  private boolean isTimelineKnown() {
    return reached().compareTo(state.get().postgres().position().timeline()) >= 0;
  }

  private Timeline reached() {
    LeaseRecord lease = state.get().leaseRecord();
    return lease == null ? Timeline.NONE : lease.reached();
  }

  private void patch(JsonNode cluster, ObjectNode patch) {
    kube.patchStatus(Resource.CLUSTERS, namespace, Json.name(cluster), new Patch.Merge(patch));
  }
}
