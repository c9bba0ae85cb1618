// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.names.Labels;
import dev.howdah.kube.DeleteOptions;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Patch;
import dev.howdah.kube.Resource;
import dev.howdah.operator.cluster.Setbacks.Setback;
import dev.howdah.operator.cluster.desired.Blueprint;
import dev.howdah.operator.cluster.observed.Meta;
import dev.howdah.operator.cluster.observed.ObservedObject;
import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.cluster.plan.PodDrift;
import dev.howdah.operator.cluster.plan.StatusPlan;
import dev.howdah.operator.report.Reports;
import dev.howdah.operator.tree.Tree;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out plans. It decides nothing: it confirms what makes an action safe, and acts.
final class Executor {
  static final String MANAGER = "howdah-operator";
  private static final Logger LOG = LoggerFactory.getLogger(Executor.class);
  private static final Duration READING = Duration.ofSeconds(5);

  private final KubeClient client;
  private final World world;
  private final Reports reports;
  private final RolloutPace pace;
  private final SecretMaker secrets;
  private final LeaseFreer leases;
  private final OtherCopies others;
  private final Setbacks setbacks = new Setbacks();
  private final InstantSource clock;
  private final BooleanSupplier leads;

  /// @param leads whether this operator may still change anything: another may have taken over
  Executor(
      KubeClient client,
      World world,
      Reports reports,
      RolloutPace pace,
      InstantSource clock,
      BooleanSupplier leads) {
    this.reports = reports;
    this.pace = pace;
    this.client = client;
    this.world = world;
    this.secrets = new SecretMaker(client, clock);
    this.leases = new LeaseFreer(client);
    this.others =
        new OtherCopies(
            key -> client.find(Resource.LEASES, key.namespace(), key.name()),
            world.pods::of,
            reports::ask);
    this.clock = clock;
    this.leads = leads;
  }

  /// What became of a plan.
  ///
  /// @param failures worth telling
  /// @param stale something was not as it had been seen: decide anew, soon
  /// @param retry when the next of what failed is due; null: nothing failed
  record Outcome(List<Failure> failures, boolean stale, @Nullable Duration retry) {
    static final Outcome NOTHING = new Outcome(List.of(), false, null);
  }

  /// An action that failed.
  record Failure(Action action, String why) {
    String text() {
      return "%s failed: %s".formatted(action.what(), why);
    }
  }

  /// The actions of a plan that is for another operator to carry out.
  static final class NotLeading extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotLeading() {
      super("another operator leads");
    }
  }

  /// What is to be deleted may be the only good copy.
  private static final class NotCopied extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotCopied(String instance) {
      super(
          "%s stays until the primary answers the operator, and as many others as confirm a commit have all that the primary has"
              .formatted(instance));
    }
  }

  /// Carries out what can be: where an action fails, those that follow it with the same subject are
  /// left out, all others are done.
  ///
  /// @throws KubeException while the API server is away
  Outcome execute(Blueprint blueprint, Meta cluster, List<Action> actions) {
    Key key = new Key(blueprint.namespace(), blueprint.name());
    var failures = new ArrayList<Failure>();
    Set<String> skipped = new HashSet<>();
    boolean stale = false;
    Duration retry = null;
    for (Action action : setbacks.lastOnes(key, actions)) {
      if (!action.subject().isEmpty() && skipped.contains(action.subject())) {
        continue;
      }
      if (!leads.getAsBoolean()) {
        throw new NotLeading();
      }
      Setback setback = setbacks.waits(key, action, clock.instant());
      if (setback == null) {
        Tried tried = attempt(blueprint, cluster, action);
        stale |= tried.stale;
        setback = tried.setback;
        if (tried.done) {
          continue;
        }
      }
      skipped.add(action.subject());
      if (setback != null) {
        Duration left = setback.left(clock.instant());
        retry = retry == null || left.compareTo(retry) < 0 ? left : retry;
        if (setback.told()) {
          failures.add(new Failure(action, setback.why()));
        }
      }
    }
    return new Outcome(failures, stale, retry);
  }

  /// @param done what depends on it may follow
  private record Tried(boolean done, boolean stale, @Nullable Setback setback) {
    static final Tried DONE = new Tried(true, false, null);
    static final Tried STALE = new Tried(false, true, null);
  }

  private Tried attempt(Blueprint blueprint, Meta cluster, Action action) {
    Key key = new Key(blueprint.namespace(), blueprint.name());
    try {
      boolean done = act(blueprint, cluster, action);
      setbacks.succeeded(key, action);
      LOG.atInfo()
          .addKeyValue("cluster", key)
          .addKeyValue("reason", action.reason())
          .addKeyValue("done", done)
          .log(action.what());
      return done ? Tried.DONE : Tried.STALE;
    } catch (KubeException e) {
      if (e.isConflict() || e.isNotFound()) {
        setbacks.succeeded(key, action);
        return Tried.STALE;
      }
      if (e.isTransient()) {
        requireAnswers(cluster, e);
      }
      String advice = Advice.about(e, blueprint.namespace());
      String why = e.getMessage() + (advice.isEmpty() ? "" : "; " + advice);
      return failed(key, action, new Setbacks.Cause(why, e.isTransient(), e.retryAfter()));
    } catch (NotCopied e) {
      return failed(
          key, action, new Setbacks.Cause(String.valueOf(e.getMessage()), true, Duration.ZERO));
    } catch (IllegalArgumentException e) {
      return failed(
          key, action, new Setbacks.Cause(String.valueOf(e.getMessage()), false, Duration.ZERO));
    }
  }

  private Tried failed(Key key, Action action, Setbacks.Cause cause) {
    LOG.atWarn()
        .addKeyValue("cluster", key)
        .addKeyValue("cause", cause.why())
        .log("failed: " + action.what());
    return new Tried(false, false, setbacks.failed(key, action, cause, clock.instant()));
  }

  /// An API server that is away, or asks for patience, says nothing about the Cluster: all of it is
  /// looked at again soon. One that answers a reading has something against this write alone.
  private void requireAnswers(Meta cluster, KubeException failure) {
    try {
      client.deadline(READING).find(Resource.CLUSTERS, cluster.namespace(), cluster.name());
    } catch (KubeException e) {
      if (e.isTransient()) {
        failure.addSuppressed(e);
        throw failure;
      }
    }
  }

  /// Forgets a Cluster that is gone.
  void forget(Key cluster) {
    setbacks.forget(cluster);
  }

  /// False: the world is not as it was seen.
  private boolean act(Blueprint blueprint, Meta cluster, Action action) {
    return switch (action) {
      case Action.Apply(var resource, var object, _) -> apply(cluster, resource, object);
      case Action.Create(var resource, var object, _, _) -> create(cluster, resource, object);
      case Action.Delete(var resource, var meta, _, var guard, var reason) -> {
        if (PodDrift.isNewerOperator(reason)) {
          pace.began(new Key(blueprint.namespace(), blueprint.name()));
        }
        yield delete(blueprint, resource, meta, guard);
      }
      case Action.Merge(var resource, var meta, var body, _, _) -> merge(resource, meta, body);
      case Action.Report(var resource, var meta, var status, _, _) ->
          report(resource, meta, status);
      case Action.ForgetPrimary(var instance, _) -> forgetPrimary(cluster, instance);
      case Action.IssueAuthority(var secret, var renew, _) ->
          wrote(Resource.SECRETS, secrets.authority(blueprint, secret, renew));
      case Action.IssueCertificate issue ->
          wrote(Resource.SECRETS, secrets.certificate(blueprint, issue));
      case Action.MakeUserSecret make -> wrote(Resource.SECRETS, secrets.user(blueprint, make));
      case Action.SetTarget(var instance, _, _) -> setTarget(cluster, instance);
      case Action.MirrorHolder(var instance, _) -> mirror(blueprint, cluster, instance);
      case Action.UpdateManager(_, var pod, _) -> {
        Key key = new Key(blueprint.namespace(), blueprint.name());
        pace.began(key);
        reports.update(key, pod);
        yield true;
      }
      case Action.FreeLease free ->
          leases
              .free(blueprint.namespace(), blueprint.name(), free)
              .map(lease -> wrote(Resource.LEASES, lease))
              .orElse(false);
    };
  }

  private boolean wrote(Resource resource, Optional<ObjectNode> object) {
    object.ifPresent(o -> world.wrote(resource, o));
    return object.isPresent();
  }

  private boolean wrote(Resource resource, ObjectNode object) {
    world.wrote(resource, object);
    return true;
  }

  private boolean apply(Meta cluster, Resource resource, ObjectNode object) {
    Optional<ObjectNode> there = client.find(resource, Json.namespace(object), Json.name(object));
    there.ifPresent(found -> refuseForeign(cluster, resource, found));
    return wrote(resource, client.apply(resource, object, MANAGER, true));
  }

  private static void refuseForeign(Meta cluster, Resource resource, ObjectNode found) {
    String owner = Meta.of(found).owner();
    if (!owner.equals(cluster.uid())) {
      throw new IllegalArgumentException(
          "%s %s exists already and doesn't belong to Cluster %s; delete it, or give the Cluster another name"
              .formatted(resource.kind(), Json.name(found), cluster.name()));
    }
  }

  private boolean create(Meta cluster, Resource resource, ObjectNode object) {
    try {
      return wrote(resource, client.create(resource, object));
    } catch (KubeException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
      Optional<ObjectNode> there = client.find(resource, Json.namespace(object), Json.name(object));
      if (resource.equals(Resource.BACKUPS)) {
        return there.map(found -> requireSame(object, found)).orElse(false);
      }
      there.ifPresent(found -> {
        if (!resource.equals(Resource.LEASES)) {
          refuseForeign(cluster, resource, found);
        }
        world.wrote(resource, found);
      });
      return false;
    }
  }

  /// Plans don't see Backups: one that an earlier try has made is done, and what follows it goes
  /// on.
  private static boolean requireSame(ObjectNode wanted, ObjectNode found) {
    String owner = Json.label(wanted, Labels.MADE_FOR);
    if (owner.isEmpty() || !owner.equals(Json.label(found, Labels.MADE_FOR))) {
      throw new IllegalArgumentException(
          "Backup %s exists already and was made for something else; delete it"
              .formatted(Json.name(found)));
    }
    return true;
  }

  private boolean delete(Blueprint blueprint, Resource resource, Meta meta, Action.Guard guard) {
    DeleteOptions options = DeleteOptions.ofUid(meta.uid());
    switch (guard) {
      case NONE -> {}
      case UNCHANGED -> options = options.resourceVersion(meta.version());
      case COPIED_ELSEWHERE -> {
        String instance = meta.label(Labels.INSTANCE_NAME);
        if (!others.have(new Key(blueprint.namespace(), blueprint.name()), instance)) {
          throw new NotCopied(instance);
        }
      }
    }
    if (resource.equals(Resource.JOBS)) {
      options = options.propagation(DeleteOptions.Propagation.BACKGROUND);
    }
    client.delete(resource, meta.namespace(), meta.name(), options);
    Optional<ObjectNode> left = client.find(resource, meta.namespace(), meta.name());
    if (left.isPresent() && Json.uid(left.get()).equals(meta.uid())) {
      world.wrote(resource, left.get());
    } else {
      world.deleted(resource, meta.namespace(), meta.name(), meta.uid());
    }
    return true;
  }

  private boolean merge(Resource resource, Meta meta, ObjectNode body) {
    ObjectNode conditional = body.deepCopy();
    conditional.withObject("/metadata").put("uid", meta.uid());
    conditional.withObject("/metadata").put("resourceVersion", meta.version());
    return wrote(resource, client.merge(resource, meta.namespace(), meta.name(), conditional));
  }

  /// Restores of a Cluster that is gone wait for nothing any more.
  void letGo(List<ObservedObject> restores) {
    for (ObservedObject restore : restores) {
      boolean held = restore.tree().path("metadata").path("finalizers").size() > 0;
      if (held && leads.getAsBoolean()) {
        ObjectNode body = Json.object();
        body.withObject("/metadata").putNull("finalizers");
        try {
          merge(Resource.RESTORES, restore.meta(), body);
        } catch (KubeException e) {
          LOG.atInfo().addKeyValue("cause", e.getMessage()).log("Restore not let go");
        }
      }
    }
  }

  private boolean report(Resource resource, Meta meta, ObjectNode status) {
    ObjectNode body =
        Tree.map(
            "metadata",
            Tree.map("uid", meta.uid(), "resourceVersion", meta.version()),
            "status",
            status);
    return wrote(
        resource,
        client.patchStatus(resource, meta.namespace(), meta.name(), new Patch.Merge(body)));
  }

  private boolean forgetPrimary(Meta cluster, String instance) {
    ObjectNode fields = Json.object().putNull("currentPrimary");
    fields.put("targetPrimary", instance);
    fields.put("targetPrimaryTimestamp", StatusPlan.timestamp(clock.instant()));
    return patchStatus(cluster, fields);
  }

  private boolean setTarget(Meta cluster, String instance) {
    return patchStatus(
        cluster,
        Tree.map(
            "targetPrimary",
            instance,
            "targetPrimaryTimestamp",
            StatusPlan.timestamp(clock.instant())));
  }

  private boolean mirror(Blueprint blueprint, Meta cluster, String instance) {
    JsonNode lease = client.get(Resource.LEASES, blueprint.namespace(), blueprint.name());
    if (!lease.path("spec").path("holderIdentity").asText("").equals(instance)) {
      return false;
    }
    String now = StatusPlan.timestamp(clock.instant());
    return patchStatus(
        cluster,
        Tree.map(
            "currentPrimary",
            instance,
            "currentPrimaryTimestamp",
            now,
            "targetPrimary",
            instance,
            "targetPrimaryTimestamp",
            now));
  }

  /// Changes the status of a Cluster that is still as it was seen.
  boolean patchStatus(Meta cluster, ObjectNode fields) {
    if (!leads.getAsBoolean()) {
      throw new NotLeading();
    }
    ObjectNode body =
        Tree.map(
            "metadata",
            Tree.map("uid", cluster.uid(), "resourceVersion", cluster.version()),
            "status",
            fields);
    return wrote(
        Resource.CLUSTERS,
        client.patchStatus(
            Resource.CLUSTERS, cluster.namespace(), cluster.name(), new Patch.Merge(body)));
  }
}
