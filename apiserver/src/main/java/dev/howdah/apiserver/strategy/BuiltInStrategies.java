// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import dev.howdah.apiserver.resource.ResourceTypes;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Store;
import dev.howdah.apiserver.strategy.WorkloadStrategy.Kind;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/// Puts the strategies of the built-in kinds together.
public final class BuiltInStrategies {
  private BuiltInStrategies() {}

  /// The strategies over a store; Services get addresses from the range.
  public static Strategies create(
      Store store, ResourceTypes types, String serviceRange, InstantSource clock) {
    var all = new HashMap<GroupResource, Strategy>();
    core(all, store, serviceRange);
    all.put(of("apps", "deployments"), new WorkloadStrategy(Kind.DEPLOYMENT));
    all.put(of("apps", "replicasets"), new WorkloadStrategy(Kind.REPLICA_SET));
    all.put(of("apps", "statefulsets"), new WorkloadStrategy(Kind.STATEFUL_SET));
    all.put(of("apps", "daemonsets"), new WorkloadStrategy(Kind.DAEMON_SET));
    all.put(of("batch", "jobs"), new JobStrategy());
    all.put(of("batch", "cronjobs"), new CronJobStrategy());
    all.put(of("coordination.k8s.io", "leases"), new SmallStrategies.Lease());
    all.put(of("discovery.k8s.io", "endpointslices"), new SmallStrategies.Endpoints(true));
    all.put(of("policy", "poddisruptionbudgets"), new SmallStrategies.Budget());
    all.put(of("storage.k8s.io", "storageclasses"), new SmallStrategies.StorageClass());
    all.put(of("scheduling.k8s.io", "priorityclasses"), new SmallStrategies.PriorityClass());
    all.put(of("networking.k8s.io", "ingresses"), new SmallStrategies.Counted());
    all.put(of("networking.k8s.io", "networkpolicies"), new SmallStrategies.Counted());
    var admission = "admissionregistration.k8s.io";
    all.put(of(admission, "mutatingwebhookconfigurations"), new SmallStrategies.Counted());
    all.put(of(admission, "validatingwebhookconfigurations"), new SmallStrategies.Counted());
    var rbac = "rbac.authorization.k8s.io";
    all.put(of(rbac, "roles"), new RoleStrategy(false, true));
    all.put(of(rbac, "clusterroles"), new RoleStrategy(false, false));
    all.put(of(rbac, "rolebindings"), new RoleStrategy(true, true));
    all.put(of(rbac, "clusterrolebindings"), new RoleStrategy(true, false));
    all.put(
        of("apiextensions.k8s.io", "customresourcedefinitions"),
        new DefinitionStrategy(types, clock));
    return new Strategies(all);
  }

  private static void core(Map<GroupResource, Strategy> all, Store store, String serviceRange) {
    all.put(of("", "namespaces"), new NamespaceStrategy());
    all.put(of("", "pods"), new PodStrategy(store));
    all.put(of("", "services"), new ServiceStrategy(new ServiceAddresses(store, serviceRange)));
    all.put(of("", "secrets"), new SecretStrategy(true));
    all.put(of("", "configmaps"), new SecretStrategy(false));
    all.put(of("", "persistentvolumeclaims"), new ClaimStrategy(store));
    all.put(of("", "persistentvolumes"), new SmallStrategies.Volume());
    all.put(of("", "nodes"), new SmallStrategies.Node());
    all.put(of("", "events"), new SmallStrategies.Event());
    all.put(of("", "endpoints"), new SmallStrategies.Endpoints(false));
    all.put(
        of("", "serviceaccounts"),
        new Strategy() {
          @Override
          public boolean answersDeletionWithObject() {
            return true;
          }
        });
  }

  private static GroupResource of(String group, String resource) {
    return new GroupResource(group, resource);
  }
}
