// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.forecast;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.Phases;
import dev.howdah.core.wal.Lsn;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.observed.ClusterView;
import dev.howdah.operator.cluster.observed.InstanceReport;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.cluster.plan.ClusterPlan;
import dev.howdah.operator.cluster.plan.Plan;
import dev.howdah.postgres.config.ConfigurationChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Plays one Cluster through until nothing is left to decide, and writes down what happened.
final class Rehearsal {
  /// More passes than any Cluster needs: one that goes on is cut short.
  private static final int PASSES = 400;

  private final ImaginedWorld world;
  private final Blueprint blueprint;
  private final List<String> unsupported;
  private final Set<String> unread;
  private final List<Step> steps = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private final Map<String, Integer> podsGone = new HashMap<>();
  private final Set<String> warnings = new LinkedHashSet<>();
  private final Set<String> untouched = new HashSet<>();

  Rehearsal(
      ImaginedWorld world, Blueprint blueprint, List<String> unsupported, Set<String> unread) {
    this.world = world;
    this.blueprint = blueprint;
    this.unsupported = unsupported;
    this.unread = unread;
  }

  /// @param reloaded why servers read their configuration anew; empty when they don't
  Forecast perform(String reloaded, List<ConfigurationChange> parameters, List<String> said) {
    warnings.addAll(said);
    untouched.addAll(world.names("Pod"));
    reports(parameters);
    if (!reloaded.isEmpty() && !untouched.isEmpty()) {
      step(Step.What.RELOAD, "all instances", reloaded);
    }
    Plan plan = pass();
    for (int i = 0; i < PASSES; i++) {
      boolean moved = instancesAct(plan);
      int before = steps.size();
      Plan next = pass();
      boolean same = next.phase().equals(plan.phase()) && steps.size() == before;
      plan = next;
      if (!moved && same) {
        break;
      }
    }
    return new Forecast(
        "", steps, parameters, List.copyOf(warnings), plan.phase(), plan.phaseReason());
  }

  // --- the operator -------------------------------------------------------------------------

  private Plan pass() {
    world.now(world.now().plusSeconds(1));
    Plan plan = ClusterPlan.decide(world.view(blueprint, unsupported));
    List<Action> actions = plan.actions().stream().filter(this::counts).toList();
    actions.forEach(this::write);
    world.act(blueprint, actions);
    world.report(plan.status());
    plan.notes().stream()
        .filter(note -> note.warning())
        .forEach(note -> warnings.add(note.reason() + ": " + note.message()));
    if (plan.phase().equals(Phases.WAITING_FOR_USER)) {
      step(Step.What.WAIT, "Cluster " + blueprint.name(), plan.phaseReason());
    }
    return plan;
  }

  private boolean counts(Action action) {
    String kind =
        switch (action) {
          case Action.Apply apply -> apply.resource().kind();
          case Action.Create create -> create.resource().kind();
          case Action.Delete delete -> delete.resource().kind();
          case Action.Merge merge -> merge.resource().kind();
          case Action.IssueAuthority _, Action.IssueCertificate _, Action.MakeUserSecret _ ->
              "Secret";
          case Action.SetTarget _,
              Action.MirrorHolder _,
              Action.ForgetPrimary _,
              Action.UpdateManager _ ->
              "Cluster";
          case Action.Report report -> report.resource().kind();
          case Action.FreeLease _ -> "Lease";
        };
    return !unread.contains(kind);
  }

  private void write(Action action) {
    String why = action.reason();
    switch (action) {
      case Action.Apply(var resource, var object, _) ->
          step(
              world.find(resource.kind(), Json.name(object)).isPresent()
                  ? Step.What.CHANGE
                  : Step.What.CREATE,
              named(resource, Json.name(object)),
              why);
      case Action.Create(var resource, var object, _, _) ->
          created(resource, Json.name(object), why);
      case Action.Delete(var resource, var meta, _, _, _) -> deleted(resource, meta.name(), why);
      case Action.Merge(var resource, var meta, var body, _, _) -> {
        if (!bookkeeping(resource, body)) {
          step(Step.What.CHANGE, named(resource, meta.name()), why);
        }
      }
      case Action.IssueAuthority(var secret, var renew, _) -> secret(secret, renew, why);
      case Action.IssueCertificate issue -> secret(issue.secret(), issue.renew(), why);
      case Action.MakeUserSecret make ->
          secret(make.secret(), world.find("Secret", make.secret()).isPresent(), why);
      case Action.SetTarget(var instance, _, _) -> {
        String current = world.status().path("currentPrimary").asText("");
        if (!current.isEmpty() && !current.equals(instance)) {
          step(Step.What.SWITCHOVER, "from " + current + " to " + instance, why);
        }
      }
      case Action.MirrorHolder _,
          Action.FreeLease _,
          Action.UpdateManager _,
          Action.Report _,
          Action.ForgetPrimary _ -> {}
    }
  }

  /// The operator's own notes on an object change nothing for anybody.
  private static boolean bookkeeping(Resource resource, ObjectNode body) {
    return !body.has("spec") && !resource.equals(Resource.LEASES);
  }

  private void secret(String name, boolean there, String why) {
    step(there ? Step.What.CHANGE : Step.What.CREATE, "Secret " + name, why);
  }

  private static String named(Resource resource, String name) {
    return resource.kind() + " " + name;
  }

  private void created(Resource resource, String name, String why) {
    Integer gone = resource.equals(Resource.PODS) ? podsGone.remove(name) : null;
    if (gone != null) {
      Step before = steps.get(gone);
      steps.set(gone, new Step(Step.What.RESTART, instance(name), before.reason()));
    } else {
      step(Step.What.CREATE, named(resource, name), why);
    }
  }

  private void deleted(Resource resource, String name, String why) {
    if (resource.equals(Resource.JOBS)) {
      return; // jobs that are done are put away
    }
    if (resource.equals(Resource.PODS)) {
      podsGone.put(name, steps.size());
      steps.add(new Step(Step.What.DELETE, named(resource, name), why));
    } else {
      step(Step.What.DELETE, named(resource, name), why);
    }
  }

  private String instance(String name) {
    boolean primary = name.equals(holder());
    return "instance %s (%s)".formatted(name, primary ? "primary" : "standby");
  }

  private void step(Step.What what, String object, String why) {
    var step = new Step(what, object, why);
    if (seen.add(step.key())) {
      steps.add(step);
    }
  }

  private String holder() {
    return world
        .find("Lease", blueprint.name())
        .map(lease -> lease.path("spec").path("holderIdentity").asText(""))
        .orElse("");
  }

  // --- kubelet and instances ----------------------------------------------------------------

  /// Instances that didn't answer are taken to be what their pods look like; those that run wait
  /// for what the change of parameters asks of them.
  private void reports(List<ConfigurationChange> parameters) {
    boolean restart =
        parameters.stream()
            .anyMatch(c ->
                ConfigurationChange.needsRestart(List.of(c)) && !Boolean.FALSE.equals(c.raised()));
    boolean lowered = parameters.stream().anyMatch(c -> Boolean.FALSE.equals(c.raised()));
    for (String pod : untouched) {
      ObjectNode object = world.get("Pod", pod);
      if (!Json.label(object, Labels.POD_ROLE).equals(Labels.POD_ROLE_INSTANCE)) {
        continue;
      }
      boolean primary = pod.equals(holder());
      InstanceReport known =
          world.reports().getOrDefault(Json.uid(object), well(primary, false, false));
      boolean decrease = known.pendingDecrease() || (lowered && primary);
      world
          .reports()
          .put(
              Json.uid(object),
              known.pending(known.pendingRestart() || restart || (lowered && !primary), decrease));
    }
  }

  private static InstanceReport well(boolean primary, boolean restart, boolean decrease) {
    Lsn at = Lsn.parse("0/3000000");
    return new InstanceReport(
        true, "", primary, 1, "1", at, at, at, !primary, restart, decrease, false, false, true, "",
        "", "", "", "");
  }

  /// @return whether anything happened
  private boolean instancesAct(Plan plan) {
    boolean moved = false;
    for (String job : world.names("Job")) {
      if (world.get("Job", job).path("status").path("succeeded").asInt(0) == 0) {
        world.jobDone(job);
        moved = true;
      }
    }
    moved |= podsStart();
    moved |= elect();
    moved |= restartInPlace(plan);
    return moved;
  }

  private boolean podsStart() {
    boolean moved = false;
    for (String pod : world.names("Pod")) {
      ObjectNode object = world.get("Pod", pod);
      boolean ours = Json.label(object, Labels.POD_ROLE).equals(Labels.POD_ROLE_INSTANCE);
      boolean fresh = !object.path("status").has("containerStatuses");
      boolean old = untouched.contains(pod) && !podsGone.containsKey(pod) && !fresh;
      if (ours && fresh && !old) {
        world.runs(pod, true);
        if (pod.equals(holder())) {
          world.takesLease(pod); // the new run of the same instance
        }
        world.reports().put(Json.uid(object), well(pod.equals(holder()), false, false));
        moved = true;
      }
    }
    return moved;
  }

  private boolean elect() {
    String holder = holder();
    String current = world.status().path("currentPrimary").asText("");
    String target = world.status().path("targetPrimary").asText("");
    boolean first = holder.isEmpty() && current.isEmpty() && !target.isEmpty();
    boolean switching = !target.isEmpty() && !target.equals(current) && !holder.isEmpty();
    if ((!first && !switching) || world.find("Pod", target).isEmpty()) {
      return false;
    }
    world.leads(target);
    world.memory(
        new ClusterView.Memory(world.now(), world.now().minus(Duration.ofMinutes(1)), null));
    for (String pod : world.names("Pod")) {
      String uid = Json.uid(world.get("Pod", pod));
      InstanceReport known = world.reports().get(uid);
      if (known != null) {
        boolean primary = pod.equals(target);
        world.reports().put(uid, well(primary, known.pendingRestart(), false));
      }
    }
    return true;
  }

  private boolean restartInPlace(Plan plan) {
    String holder = holder();
    if (!plan.phase().equals(Phases.PRIMARY_RESTART_IN_PLACE)
        || world.find("Pod", holder).isEmpty()) {
      return false;
    }
    steps.add(new Step(Step.What.RESTART, instance(holder), plan.phaseReason()));
    String uid = Json.uid(world.get("Pod", holder));
    world.reports().put(uid, well(true, false, false));
    world.status().put("phase", Phases.HEALTHY).put("phaseReason", "");
    return true;
  }
}
