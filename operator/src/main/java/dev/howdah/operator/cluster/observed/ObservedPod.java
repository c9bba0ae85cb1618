// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.operator.tree.Tree;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A pod of an instance.
///
/// @param meta without the annotation that holds the pod's specification
/// @param madeFrom that annotation: the specification the pod was made from
/// @param claims the volume claims it mounts
/// @param bootstrapImage where its instance manager came from
/// @param postgres state of the container that runs PostgreSQL
public record ObservedPod(
    Meta meta,
    String madeFrom,
    String node,
    String ip,
    String phase,
    boolean ready,
    boolean scheduled,
    String trouble,
    List<String> claims,
    String image,
    String bootstrapImage,
    Container postgres) {

  /// State of a container as the kubelet wrote it.
  ///
  /// @param finishedAt end of the last run that has ended; null when none has
  public record Container(
      State state,
      int restarts,
      int exitCode,
      String reason,
      String message,
      @Nullable Instant startedAt,
      @Nullable Instant finishedAt) {
    static final Container UNKNOWN = new Container(State.UNKNOWN, 0, 0, "", "", null, null);
  }

  /// Whether a container runs.
  public enum State {
    WAITING,
    RUNNING,
    TERMINATED,
    UNKNOWN
  }

  /// Exit code by which the instance manager says that there is no space left for WAL.
  public static final int NO_DISK_SPACE = 4;

  /// Reads it.
  public static ObservedPod of(ObjectNode object) {
    Meta whole = Meta.of(object);
    JsonNode spec = object.path("spec");
    JsonNode status = object.path("status");
    JsonNode scheduled = Tree.named(status.path("conditions"), "type", "PodScheduled");
    JsonNode ready = Tree.named(status.path("conditions"), "type", "Ready");
    var claims = new ArrayList<String>();
    for (JsonNode volume : spec.path("volumes")) {
      String claim = volume.path("persistentVolumeClaim").path("claimName").asText("");
      if (!claim.isEmpty()) {
        claims.add(claim);
      }
    }
    return new ObservedPod(
        without(whole, Annotations.POD_SPEC),
        whole.annotation(Annotations.POD_SPEC),
        spec.path("nodeName").asText(""),
        status.path("podIP").asText(""),
        status.path("phase").asText(""),
        ready.path("status").asText("").equals("True"),
        !scheduled.path("status").asText("").equals("False"),
        trouble(status, scheduled),
        List.copyOf(claims),
        Tree.named(spec.path("containers"), "name", "postgres").path("image").asText(""),
        Tree.named(spec.path("initContainers"), "name", "bootstrap-controller")
            .path("image")
            .asText(""),
        container(status));
  }

  private static Meta without(Meta meta, String annotation) {
    if (!meta.annotations().containsKey(annotation)) {
      return meta;
    }
    var rest = new HashMap<>(meta.annotations());
    rest.remove(annotation);
    return new Meta(
        meta.namespace(),
        meta.name(),
        meta.uid(),
        meta.version(),
        meta.labels(),
        Map.copyOf(rest),
        meta.owner(),
        meta.ownerKind(),
        meta.deleting());
  }

  private static String trouble(JsonNode status, JsonNode scheduled) {
    if (scheduled.path("status").asText("").equals("False")) {
      return scheduled.path("reason").asText("") + ": " + scheduled.path("message").asText("");
    }
    for (String list : List.of("initContainerStatuses", "containerStatuses")) {
      for (JsonNode container : status.path(list)) {
        JsonNode waiting = container.path("state").path("waiting");
        String reason = waiting.path("reason").asText("");
        if (reason.startsWith("Err")
            || reason.endsWith("BackOff")
            || reason.endsWith("Error")
            || reason.equals("CreateContainerConfigError")) {
          return reason + ": " + waiting.path("message").asText("");
        }
      }
    }
    return "";
  }

  private static Container container(JsonNode status) {
    JsonNode found = Tree.named(status.path("containerStatuses"), "name", "postgres");
    if (found.isMissingNode()) {
      return Container.UNKNOWN;
    }
    JsonNode state = found.path("state");
    JsonNode ended =
        state.has("terminated")
            ? state.path("terminated")
            : found.path("lastState").path("terminated");
    return new Container(
        state.has("running")
            ? State.RUNNING
            : state.has("terminated")
                ? State.TERMINATED
                : state.has("waiting") ? State.WAITING : State.UNKNOWN,
        found.path("restartCount").asInt(0),
        ended.path("exitCode").asInt(0),
        state.path("waiting").path("reason").asText(ended.path("reason").asText("")),
        ended.path("message").asText(""),
        instant(state.path("running").path("startedAt")),
        instant(ended.path("finishedAt")));
  }

  static @Nullable Instant instant(JsonNode text) {
    try {
      return text.isTextual() ? Instant.parse(text.asText()) : null;
    } catch (DateTimeParseException _) {
      return null;
    }
  }

  public String name() {
    return meta.name();
  }

  /// Whether the pod is there to stay: neither ended nor about to be deleted.
  public boolean active() {
    return !meta.deleting() && !ended();
  }

  /// Whether the pod will never run again.
  public boolean ended() {
    return phase.equals("Succeeded") || phase.equals("Failed");
  }

  /// Whether its kubelet has said that PostgreSQL's container is over and won't come back. The
  /// phase alone doesn't say so: the pod collector writes `Failed` for pods of nodes that it can't
  /// see.
  public boolean provedDead() {
    return ended() && postgres.state == State.TERMINATED;
  }

  /// The role its labels announce, empty without one.
  public String role() {
    return meta.label(Labels.INSTANCE_ROLE);
  }

  /// Whether the instance manager ended since there is no space for WAL.
  public boolean diskFull() {
    return postgres.state != State.RUNNING && postgres.exitCode == NO_DISK_SPACE;
  }
}
