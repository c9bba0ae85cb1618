// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/// The everyday verbs of an unmodified kubectl, each in a namespace of its own.
@EnabledIf("dev.howdah.apiserver.Kubectl#installed")
class KubectlIT {
  private static final String DEPLOYMENT =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, labels: {app: web}}
      spec:
        replicas: 2
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            containers:
            - {name: c, image: "nginx:1", ports: [{containerPort: 80}], env: [{name: A, value: b}]}
      """;
  private static ThrowawayServer server;
  private static Kubectl kubectl;
  @TempDir private static Path folder;

  @BeforeAll
  static void start() throws IOException {
    server = ThrowawayServer.start();
    kubectl = new Kubectl(server.kubeconfig());
    Files.writeString(folder.resolve("crd.yaml"), Widgets.DEFINITION);
    kubectl.ok("apply -f " + folder.resolve("crd.yaml"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), Kubectl.readable(content)).toString();
  }

  private static String space(String name) {
    kubectl.ok("create namespace " + name);
    return "-n " + name + " ";
  }

  @Test
  void saysWhatThereIs() {
    assertThat(kubectl.ok("version")).contains("Server Version: v1.");
    assertThat(kubectl.run("version").err()).doesNotContain("WARNING");
    assertThat(kubectl.ok("api-versions")).contains("apps/v1\n", "v1\n", "example.com/v1\n");
    assertThat(kubectl.ok("api-resources"))
        .containsPattern("widgets +wg +example.com/v1 +true +Widget")
        .containsPattern("pods +po +v1 +true +Pod");
    assertThat(kubectl.ok("cluster-info")).contains("is running at");
    assertThat(kubectl.ok("get --raw /readyz")).isEqualTo("ok");
    assertThat(kubectl.ok("auth whoami")).contains("kubernetes-admin");
    assertThat(kubectl.ok("auth can-i delete pods")).isEqualTo("yes\n");
    assertThat(kubectl.run("auth", "can-i", "delete", "pods", "--as", "bob").out())
        .isEqualTo("no\n");
    assertThat(kubectl.ok("auth can-i --list --as bob")).contains("selfsubjectreviews");
    assertThat(kubectl.fails("top pods")).contains("Metrics API not available");
  }

  @Test
  void explainsTypes() {
    assertThat(kubectl.ok("explain deployment.spec.replicas"))
        .contains("FIELD: replicas <integer>", "Number of desired pods");
    assertThat(kubectl.ok("explain widget.spec"))
        .contains("What is wanted.", "size\t<integer>", "How many.");
    assertThat(kubectl.ok("explain wg --recursive")).contains("color\t<string>");
  }

  @Test
  void createsByCommand() {
    var in = space("commands");

    kubectl.ok(in + "create configmap c --from-literal=a=b");
    kubectl.ok(in + "create secret generic s --from-literal=user=me");
    kubectl.ok(in + "create secret generic t --type=example.com/t");
    kubectl.ok(in + "create serviceaccount robot");
    kubectl.ok(in + "create role r --verb=get,list --resource=pods,deployments.apps");
    kubectl.ok(in + "create rolebinding rb --role=r --serviceaccount=commands:robot");
    kubectl.ok(in + "create clusterrole commands-cr --verb=get --resource=nodes");
    kubectl.ok(in + "create clusterrolebinding commands-crb --clusterrole=view --user=vic");
    kubectl.ok(in + "create service clusterip svc --tcp=80:8080");
    kubectl.ok(in + "create deployment d --image=nginx:1 --replicas=2");
    kubectl.ok(in + "create job j --image=busybox -- true");
    kubectl.ok(in + "create cronjob cj --image=busybox --schedule='* * * * *' -- true");
    kubectl.ok(in + "create poddisruptionbudget p --selector=app=d --min-available=1");
    kubectl.ok(in + "create priorityclass commands-high --value=1000");
    kubectl.ok(in + "run pod --image=nginx:1");
    kubectl.ok(in + "expose deployment d --port=80");

    assertThat(kubectl.ok(in + "get configmap c -o jsonpath='{.data.a}'")).isEqualTo("b");
    assertThat(
            kubectl.ok(
                in + "auth can-i list deployments --as=system:serviceaccount:commands:robot"))
        .isEqualTo("yes\n");
    assertThat(kubectl.ok(in + "create token robot")).contains(".");
    assertThat(kubectl.ok(in + "get all"))
        .contains("pod/pod", "service/svc", "deployment.apps/d", "job.batch/j", "cronjob.batch/cj");
    assertThat(
            kubectl.ok(in + "get deployment d -o custom-columns=N:.metadata.name,R:.spec.replicas"))
        .containsPattern("d +2");
    assertThat(kubectl.fails(in + "create configmap c")).contains("already exists");
  }

  @Test
  void showsObjectsInManyForms() throws IOException {
    var in = space("forms");
    kubectl.ok(in + "apply -f " + file("forms.yaml", DEPLOYMENT));
    kubectl.okWith(Widgets.widget("w", 3), in + "apply -f -");

    assertThat(kubectl.ok(in + "get deploy")).containsPattern("web +0/2 +0 +0 ");
    assertThat(kubectl.ok(in + "get deploy -o wide")).contains("nginx:1", "app=web");
    assertThat(kubectl.ok(in + "get deploy web -o yaml")).contains("kind: Deployment");
    assertThat(kubectl.ok(in + "get deploy web -o json")).contains("\"kind\": \"Deployment\"");
    assertThat(kubectl.ok(in + "get deploy -o name")).isEqualTo("deployment.apps/web\n");
    assertThat(kubectl.ok(in + "get deploy -l app=web --no-headers")).contains("web");
    assertThat(kubectl.ok(in + "get deploy -l 'app notin (web)' --no-headers")).isEmpty();
    assertThat(kubectl.ok(in + "get deploy --show-labels")).contains("app=web");
    assertThat(kubectl.ok("get deploy -A --sort-by=.metadata.name")).contains("forms");
    assertThat(kubectl.ok(in + "get wg")).containsPattern("NAME +SIZE +READY\nw +3");
    assertThat(kubectl.ok(in + "get wg -o wide")).contains("COLOR");
    assertThat(kubectl.ok(in + "get deploy,wg"))
        .contains("deployment.apps/web", "widget.example.com/w");
    assertThat(kubectl.ok(in + "describe deploy web")).contains("2 desired", "nginx:1");
    assertThat(kubectl.ok(in + "describe wg w")).contains("Size:  3");
    assertThat(kubectl.ok("describe ns forms")).contains("Status:       Active");
    assertThat(kubectl.fails(in + "get deploy none"))
        .contains("deployments.apps \"none\" not found");
    assertThat(kubectl.fails("get things")).contains("the server doesn't have a resource type");
    assertThat(kubectl.ok(in + "get deploy web --subresource=status -o name")).contains("web");
  }

  @Test
  void appliesOnTheClientAndOnTheServer() throws IOException {
    var in = space("applies");
    var first = file("apply.yaml", DEPLOYMENT);
    var second =
        file(
            "apply2.yaml",
            DEPLOYMENT.replace("replicas: 2", "replicas: 3").replace("value: b", "value: c"));

    assertThat(kubectl.ok(in + "apply -f " + first)).isEqualTo("deployment.apps/web created\n");
    assertThat(kubectl.ok(in + "apply -f " + first)).isEqualTo("deployment.apps/web unchanged\n");
    assertThat(kubectl.ok(in + "apply --dry-run=server -f " + second))
        .contains("configured (server dry run)");
    assertThat(kubectl.ok(in + "apply --dry-run=client -f " + second))
        .contains("configured (dry run)");
    var diff = kubectl.run("-n", "applies", "diff", "-f", second);
    assertThat(diff.code()).isEqualTo(1);
    assertThat(diff.out()).contains("-  replicas: 2", "+  replicas: 3");
    assertThat(kubectl.ok(in + "apply -f " + second)).isEqualTo("deployment.apps/web configured\n");
    assertThat(kubectl.run("-n", "applies", "diff", "-f", second).code()).isZero();

    assertThat(kubectl.ok(in + "apply --server-side -f " + second)).contains("serverside-applied");
    var conflict = kubectl.fails(in + "apply --server-side --field-manager=other -f " + first);
    assertThat(conflict).contains("conflict", ".spec.replicas");
    kubectl.ok(in + "apply --server-side --field-manager=other --force-conflicts -f " + first);
    assertThat(kubectl.ok(in + "get deploy web -o jsonpath='{.spec.replicas}'")).isEqualTo("2");
    assertThat(kubectl.ok(in + "get deploy web -o yaml --show-managed-fields"))
        .contains("manager: other", "operation: Apply");

    var widget = file("widget.yaml", Widgets.widget("w", 1));
    kubectl.ok(in + "apply -f " + widget);
    kubectl.ok(in + "apply -f " + file("widget2.yaml", Widgets.widget("w", 2)));
    kubectl.ok(in + "apply --server-side --force-conflicts -f " + widget);
    assertThat(kubectl.ok(in + "get wg w -o jsonpath='{.spec.size}'")).isEqualTo("1");
    assertThat(kubectl.ok(in + "apply view-last-applied wg w")).contains("size: 1");
    assertThat(kubectl.ok(in + "replace -f " + widget)).contains("replaced");
  }

  @Test
  void refusesWhatIsWrong() throws IOException {
    var in = space("wrong");
    var unknown = file("unknown.yaml", DEPLOYMENT.replace("replicas: 2", "replicsa: 2"));
    var color = Widgets.widget("w", 1).replace("size: 1", "color: blue");
    var field = Widgets.widget("w", 1).replace("size: 1", "sise: 1");

    assertThat(kubectl.fails(in + "apply -f " + unknown))
        .contains("unknown field \"spec.replicsa\"");
    assertThat(kubectl.fails(in + "apply -f " + file("color.yaml", color)))
        .contains("spec.color: Unsupported value: \"blue\": supported values: \"red\", \"green\"");
    assertThat(kubectl.fails(in + "apply -f " + file("field.yaml", field)))
        .contains("unknown field \"spec.sise\"");
    assertThat(kubectl.fails(in + "create -f " + file("large.yaml", Widgets.widget("w", 11))))
        .contains("spec.size", "less than or equal to 10");
    assertThat(
            kubectl.fails(
                in
                    + "apply -f "
                    + file("kind.yaml", "{apiVersion: v1, kind: Nothing, metadata: {name: x}}")))
        .contains("no matches for kind \"Nothing\"");
    assertThat(kubectl.ok(in + "apply --validate=false -f " + folder.resolve("field.yaml")))
        .contains("created");
    assertThat(
            kubectl
                .run(
                    "-n",
                    "wrong",
                    "apply",
                    "--validate=warn",
                    "-f",
                    folder.resolve("field.yaml").toString())
                .err())
        .contains("unknown field \"spec.sise\"");
  }

  @Test
  void changesObjects() throws IOException {
    var in = space("changes");
    kubectl.ok(in + "apply -f " + file("changes.yaml", DEPLOYMENT));
    kubectl.okWith(Widgets.widget("w", 1), in + "apply -f -");

    kubectl.ok(
        in
            + "patch deploy web -p '{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"nginx:2\"}]}}}}'");
    kubectl.ok(
        in
            + "patch deploy web --type=json -p '[{\"op\":\"add\",\"path\":\"/metadata/labels/j\",\"value\":\"1\"}]'");
    kubectl.ok(in + "patch deploy web --type=merge -p '{\"spec\":{\"replicas\":4}}'");
    kubectl.ok(in + "patch wg w --type=merge -p '{\"spec\":{\"color\":\"red\"}}'");
    kubectl.ok(in + "patch wg w --subresource=status --type=merge -p '{\"status\":{\"ready\":1}}'");
    kubectl.ok(in + "label deploy web l=1");
    kubectl.ok(in + "label deploy web l=2 --overwrite");
    kubectl.ok(in + "label deploy web j-");
    kubectl.ok(in + "annotate deploy web note=hello");
    kubectl.ok(in + "set image deploy/web c=nginx:3");
    kubectl.ok(in + "set env deploy/web X=y");
    kubectl.ok(in + "set resources deploy/web --limits=cpu=1");

    var tree = TestClient.JSON.readTree(kubectl.ok(in + "get deploy web -o json"));
    assertThat(tree.at("/spec/replicas").asInt()).isEqualTo(4);
    assertThat(tree.at("/metadata/labels/l").asText()).isEqualTo("2");
    assertThat(tree.at("/metadata/labels/j").isMissingNode()).isTrue();
    assertThat(tree.at("/metadata/annotations/note").asText()).isEqualTo("hello");
    assertThat(tree.at("/spec/template/spec/containers/0/image").asText()).isEqualTo("nginx:3");
    assertThat(tree.at("/spec/template/spec/containers/0/env").size()).isEqualTo(2);
    assertThat(kubectl.ok(in + "get wg w -o jsonpath='{.spec.color} {.status.ready}'"))
        .isEqualTo("red 1");
    assertThat(kubectl.fails(in + "label deploy web l=3")).contains("already has a value");
  }

  @Test
  void editsAndScales() throws IOException {
    var in = space("edits");
    kubectl.ok(in + "apply -f " + file("edits.yaml", DEPLOYMENT));
    kubectl.okWith(Widgets.widget("w", 1), in + "apply -f -");

    var script =
        file(
            "editor",
            "#!/bin/sh\nsed -i -e 's/size: 1/size: 7/' -e 's/replicas: 2/replicas: 6/' \"$1\"\n");
    assertThat(Path.of(script).toFile().setExecutable(true)).isTrue();
    var editor = Map.of("EDITOR", script);
    assertThat(kubectl.runWith("", editor, "-n", "edits", "edit", "wg", "w").code()).isZero();
    assertThat(kubectl.runWith("", editor, "-n", "edits", "edit", "deploy", "web").code()).isZero();
    assertThat(kubectl.ok(in + "get wg w -o jsonpath='{.spec.size}'")).isEqualTo("7");
    assertThat(kubectl.ok(in + "get deploy web -o jsonpath='{.spec.replicas}'")).isEqualTo("6");

    kubectl.ok(in + "scale wg/w --replicas=3");
    kubectl.ok(in + "scale deploy/web --replicas=0");
    assertThat(kubectl.fails(in + "scale wg/w --replicas=4 --current-replicas=9"))
        .contains("Expected replicas to be 9, was 3");
    assertThat(kubectl.ok(in + "get wg w -o jsonpath='{.spec.size}'")).isEqualTo("3");
    assertThat(kubectl.ok(in + "get deploy web -o jsonpath='{.spec.replicas}'")).isEqualTo("0");
    assertThat(kubectl.fails(in + "scale wg/w --replicas=11")).contains("spec.size");
  }

  @Test
  void watchesAndWaits() throws IOException, InterruptedException {
    var in = space("waits");
    kubectl.okWith(Widgets.widget("w", 1), in + "apply -f -");
    var watch = kubectl.start(List.of("-n", "waits", "get", "wg", "-w"), Map.of());
    try (var out = new BufferedReader(new InputStreamReader(watch.getInputStream()))) {
      assertThat(out.readLine()).contains("NAME");
      assertThat(out.readLine()).containsPattern("w +1");
      kubectl.ok(in + "scale wg/w --replicas=2");
      assertThat(out.readLine()).containsPattern("w +2");
    } finally {
      watch.destroy();
      watch.waitFor();
    }

    var wait =
        kubectl.start(
            List.of("-n", "waits", "wait", "wg/w", "--for=condition=Ready", "--timeout=60s"),
            Map.of());
    kubectl.ok(
        in
            + "patch wg w --subresource=status --type=merge -p '{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}'");
    assertThat(wait.waitFor()).isZero();
    kubectl.ok(in + "wait wg/w --for=jsonpath={.spec.size}=2 --timeout=60s");
    assertThat(kubectl.fails(in + "wait wg/w --for=condition=Other --timeout=1s"))
        .contains("timed out");
    kubectl.ok("wait crd/widgets.example.com --for=condition=Established --timeout=60s");
    var gone =
        kubectl.start(
            List.of("-n", "waits", "wait", "wg/w", "--for=delete", "--timeout=60s"), Map.of());
    kubectl.ok(in + "delete wg w");
    assertThat(gone.waitFor()).isZero();
  }

  @Test
  void deletesInEveryWay() throws IOException {
    var in = space("deletes");
    for (var way : List.of("background", "foreground", "orphan")) {
      kubectl.ok(in + "create configmap owner-" + way);
      var uid =
          kubectl.ok(in + "get configmap owner-%s -o jsonpath='{.metadata.uid}'".formatted(way));
      kubectl.okWith(
          "{apiVersion: v1, kind: ConfigMap, metadata: {name: child-%s, ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: owner-%s, uid: %s, blockOwnerDeletion: true}]}}"
              .formatted(way, way, uid),
          in + "apply -f -");
      kubectl.ok(in + "delete configmap owner-%s --cascade=%s".formatted(way, way));
      if (way.equals("orphan")) {
        kubectl.ok(in + "get configmap child-orphan");
      } else {
        kubectl.ok(in + "wait configmap/child-%s --for=delete --timeout=60s".formatted(way));
      }
    }
    kubectl.ok(in + "create configmap l1");
    kubectl.ok(in + "label configmap l1 x=y");
    assertThat(kubectl.ok(in + "delete configmap -l x=y")).contains("configmap \"l1\" deleted");
    assertThat(kubectl.ok(in + "delete configmap none --ignore-not-found")).isEmpty();
    assertThat(kubectl.fails(in + "delete configmap none")).contains("not found");
    kubectl.ok(in + "run p --image=nginx:1");
    kubectl.ok(in + "delete pod p --now");
    kubectl.ok(in + "run p --image=nginx:1");
    kubectl.ok(in + "delete pod p --force --grace-period=0");
    kubectl.ok(in + "apply -f " + file("deletes.yaml", DEPLOYMENT));
    kubectl.ok(in + "delete -f " + folder.resolve("deletes.yaml"));
    kubectl.ok(in + "delete configmap --all");
    kubectl.ok("delete namespace deletes");
    assertThat(kubectl.fails("get namespace deletes")).contains("not found");
  }

  @Test
  void showsEvents() {
    var in = space("happenings");
    kubectl.ok(in + "create configmap c");
    kubectl.okWith(
        """
        {apiVersion: v1, kind: Event, metadata: {name: c.1}, type: Warning, reason: Odd, message: it is odd,
         involvedObject: {apiVersion: v1, kind: ConfigMap, name: c, namespace: happenings}, source: {component: me},
         firstTimestamp: "2026-01-01T00:00:00Z", lastTimestamp: "2026-01-01T00:00:00Z", count: 3}\
        """,
        in + "create -f -");

    assertThat(kubectl.ok(in + "get events"))
        .contains("Warning", "Odd", "configmap/c", "it is odd");
    assertThat(kubectl.ok(in + "events --for configmap/c")).contains("it is odd");
    assertThat(kubectl.ok(in + "events --types=Normal")).doesNotContain("odd");
  }

  @Test
  void rollsOut() throws IOException {
    var in = space("rolls");
    kubectl.ok(in + "apply -f " + file("rolls.yaml", DEPLOYMENT));

    kubectl.ok(in + "rollout restart deploy web");
    kubectl.ok(in + "rollout pause deploy web");
    kubectl.ok(in + "rollout resume deploy web");
    kubectl.ok(
        in
            + "patch deploy web --subresource=status --type=merge -p '{\"status\":{\"observedGeneration\":99,\"replicas\":2,\"updatedReplicas\":2,\"readyReplicas\":2,\"availableReplicas\":2}}'");
    assertThat(kubectl.ok(in + "rollout status deploy web --timeout=60s"))
        .contains("successfully rolled out");
    assertThat(kubectl.ok(in + "get deploy web -o yaml"))
        .contains("kubectl.kubernetes.io/restartedAt");
  }

  @Test
  void drainsNodes() {
    kubectl.okWith("{apiVersion: v1, kind: Node, metadata: {name: n1}}", "create -f -");
    var in = space("drains");
    kubectl.okWith(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}",
        in + "create -f -");

    kubectl.ok("cordon n1");
    assertThat(kubectl.ok("get nodes")).contains("SchedulingDisabled");
    kubectl.ok("uncordon n1");
    kubectl.ok("taint nodes n1 a=b:NoSchedule");
    assertThat(kubectl.ok("describe node n1")).contains("a=b:NoSchedule");
    kubectl.ok("drain n1 --force --ignore-daemonsets");
  }
}
