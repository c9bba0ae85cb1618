// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.resource;

import dev.howdah.apiserver.schema.Schemas;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.table.Tables;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// The types that are served without a definition. One line each: `apiVersion plural singular Kind
/// scope shortNames categories subresources selectableFields`, `-` for none.
final class BuiltInTypes {
  private static final String TABLE =
      """
      v1 configmaps configmap ConfigMap N cm - - -
      v1 endpoints endpoints Endpoints N ep - - -
      v1 events event Event N ev - - involvedObject.kind,involvedObject.namespace,involvedObject.name,involvedObject.uid,involvedObject.apiVersion,involvedObject.resourceVersion,involvedObject.fieldPath,reason,reportingComponent,source,type
      v1 namespaces namespace Namespace C ns - status,finalize status.phase
      v1 nodes node Node C no - status spec.unschedulable
      v1 persistentvolumeclaims persistentvolumeclaim PersistentVolumeClaim N pvc - status -
      v1 persistentvolumes persistentvolume PersistentVolume C pv - status -
      v1 pods pod Pod N po all status,log,exec,attach,portforward,eviction,binding spec.nodeName,spec.restartPolicy,spec.schedulerName,spec.serviceAccountName,spec.hostNetwork,status.phase,status.podIP,status.nominatedNodeName
      v1 secrets secret Secret N - - - type
      v1 serviceaccounts serviceaccount ServiceAccount N sa - token -
      v1 services service Service N svc all status spec.clusterIP,spec.type
      apps/v1 daemonsets daemonset DaemonSet N ds all status -
      apps/v1 deployments deployment Deployment N deploy all status,scale -
      apps/v1 replicasets replicaset ReplicaSet N rs all status,scale status.replicas
      apps/v1 statefulsets statefulset StatefulSet N sts all status,scale -
      batch/v1 cronjobs cronjob CronJob N cj all status -
      batch/v1 jobs job Job N - all status status.successful
      coordination.k8s.io/v1 leases lease Lease N - - - -
      discovery.k8s.io/v1 endpointslices endpointslice EndpointSlice N - - - -
      events.k8s.io/v1 events event Event N ev - - regarding.kind,regarding.namespace,regarding.name,regarding.uid,regarding.apiVersion,reason,reportingController,type
      policy/v1 poddisruptionbudgets poddisruptionbudget PodDisruptionBudget N pdb - status -
      rbac.authorization.k8s.io/v1 clusterrolebindings clusterrolebinding ClusterRoleBinding C - - - -
      rbac.authorization.k8s.io/v1 clusterroles clusterrole ClusterRole C - - - -
      rbac.authorization.k8s.io/v1 rolebindings rolebinding RoleBinding N - - - -
      rbac.authorization.k8s.io/v1 roles role Role N - - - -
      storage.k8s.io/v1 storageclasses storageclass StorageClass C sc - - -
      scheduling.k8s.io/v1 priorityclasses priorityclass PriorityClass C pc - - -
      networking.k8s.io/v1 ingresses ingress Ingress N ing - status -
      networking.k8s.io/v1 networkpolicies networkpolicy NetworkPolicy N netpol - - -
      admissionregistration.k8s.io/v1 mutatingwebhookconfigurations mutatingwebhookconfiguration MutatingWebhookConfiguration C - api-extensions - -
      admissionregistration.k8s.io/v1 validatingwebhookconfigurations validatingwebhookconfiguration ValidatingWebhookConfiguration C - api-extensions - -
      apiextensions.k8s.io/v1 customresourcedefinitions customresourcedefinition CustomResourceDefinition C crd,crds api-extensions status -
      authentication.k8s.io/v1 selfsubjectreviews selfsubjectreview SelfSubjectReview C - - - -
      authentication.k8s.io/v1 tokenreviews tokenreview TokenReview C - - - -
      authorization.k8s.io/v1 localsubjectaccessreviews localsubjectaccessreview LocalSubjectAccessReview N - - - -
      authorization.k8s.io/v1 selfsubjectaccessreviews selfsubjectaccessreview SelfSubjectAccessReview C - - - -
      authorization.k8s.io/v1 selfsubjectrulesreviews selfsubjectrulesreview SelfSubjectRulesReview C - - - -
      authorization.k8s.io/v1 subjectaccessreviews subjectaccessreview SubjectAccessReview C - - - -
      """;

  private static final ResourceType.Scale SCALE =
      new ResourceType.Scale(".spec.replicas", ".status.replicas", ".spec.selector");

  private BuiltInTypes() {}

  static List<ResourceType> all() {
    var types = new ArrayList<ResourceType>();
    TABLE.lines().map(line -> line.split(" ")).forEach(fields -> types.add(type(fields)));
    return types;
  }

  private static ResourceType type(String[] fields) {
    var apiVersion = fields[0];
    var slash = apiVersion.indexOf('/');
    var group = slash < 0 ? "" : apiVersion.substring(0, slash);
    var plural = fields[1];
    var kind = fields[3];
    var names = new ResourceType.Names(plural, fields[2], kind, list(fields[5]), list(fields[6]));
    var subresources = Set.copyOf(list(fields[7]));
    var type =
        new ResourceType.Builder(
                group,
                apiVersion.substring(slash + 1),
                names,
                () ->
                    Objects.requireNonNull(
                        Schemas.builtIn().kind(apiVersion, kind),
                        () -> "no schema of " + apiVersion + " " + kind),
                () -> Tables.builtIn(group, plural))
            .subresources(subresources)
            .selectable(Set.copyOf(list(fields[8])))
            .scaledBy(subresources.contains("scale") ? SCALE : null);
    if (fields[4].equals("C")) {
      type.clusterScoped();
    }
    if (group.equals("events.k8s.io")) {
      type.storedAs(new GroupResource("", "events"));
    }
    return type.build();
  }

  private static List<String> list(String field) {
    return field.equals("-") ? List.of() : Arrays.asList(field.split(","));
  }
}
