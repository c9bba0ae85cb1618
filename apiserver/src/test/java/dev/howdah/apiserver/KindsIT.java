// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class KindsIT {
  private static final String CORE = "/api/v1/namespaces/default/";
  private static ThrowawayServer server;
  private static TestClient client;

  @BeforeAll
  static void start() {
    server = ThrowawayServer.start(List.of(new NoBlue()), PodBackend.none());
    client = TestClient.admin(server.server());
    client.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Widgets.DEFINITION);
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  /// Gives every widget a color, refuses large ones, warns of small ones.
  private static final class NoBlue implements Admission {
    @Override
    public boolean handles(String group, String resource, String subresource) {
      return resource.equals("widgets") && subresource.isEmpty();
    }

    @Override
    public Verdict mutate(Request request) {
      var object = request.object();
      object.withObjectProperty("spec").put("color", "green");
      return new Allowed(object, List.of("your widget is green now"));
    }

    @Override
    public Verdict validate(Request request) {
      if (request.operation() == Operation.DELETE) {
        return request.oldObject().at("/metadata/labels/keep").isMissingNode()
            ? Allowed.of(null)
            : Denied.forbidden("it is to be kept");
      }
      return request.object().at("/spec/size").asInt() > 8
          ? Denied.invalid(
              List.of(
                  new Cause(
                      "spec.size", "FieldValueInvalid", "Invalid value: 9: too large for us")))
          : Allowed.of(request.object());
    }
  }

  @Test
  void asksAdmissions() {
    var made = client.post(Widgets.PATH, Widgets.widget("admitted", 1));
    var large = client.post(Widgets.PATH, Widgets.widget("large", 9));
    client.merge(Widgets.PATH + "/admitted", "{metadata: {labels: {keep: it}}}");
    var kept = client.delete(Widgets.PATH + "/admitted");

    assertThat(made.at("/spec/color")).isEqualTo("green");
    assertThat(made.warnings()).containsExactly("299 - \"your widget is green now\"");
    assertThat(large.code()).isEqualTo(422);
    assertThat(large.at("/message"))
        .isEqualTo(
            "Widget.example.com \"large\" is invalid: spec.size: Invalid value: 9: too large for us");
    assertThat(large.at("/details/causes/0/field")).isEqualTo("spec.size");
    assertThat(kept.code()).isEqualTo(403);
  }

  @Test
  void fillsInPods() {
    var pod =
        client.post(
            CORE + "pods",
            """
            {metadata: {name: p}, spec: {containers: [{name: c, image: "busybox",
              resources: {limits: {memory: 64Mi}}, readinessProbe: {httpGet: {port: 80}}}],
              volumes: [{name: s, secret: {secretName: x}}]}}\
            """);

    assertThat(pod.code()).as(pod.body().toString()).isEqualTo(201);
    assertThat(pod.at("/spec/restartPolicy")).isEqualTo("Always");
    assertThat(pod.at("/spec/serviceAccountName")).isEqualTo("default");
    assertThat(pod.at("/spec/terminationGracePeriodSeconds")).isEqualTo("30");
    assertThat(pod.at("/spec/containers/0/imagePullPolicy")).isEqualTo("Always");
    assertThat(pod.at("/spec/containers/0/resources/requests/memory")).isEqualTo("64Mi");
    assertThat(pod.at("/spec/containers/0/readinessProbe/periodSeconds")).isEqualTo("10");
    assertThat(pod.at("/spec/containers/0/volumeMounts/0/mountPath"))
        .isEqualTo("/var/run/secrets/kubernetes.io/serviceaccount");
    assertThat(pod.at("/spec/volumes/0/secret/defaultMode")).isEqualTo("420");
    assertThat(pod.body().at("/spec/volumes/1/projected/sources")).hasSize(3);
    assertThat(pod.at("/status/phase")).isEqualTo("Pending");
    assertThat(pod.at("/status/qosClass")).isEqualTo("Burstable");
  }

  @Test
  void keepsPodsAsTheyAre() {
    client.post(
        CORE + "pods", "{metadata: {name: fixed}, spec: {containers: [{name: c, image: i}]}}");

    var image =
        client.send(
            "PATCH",
            CORE + "pods/fixed",
            "application/json-patch+json",
            "[{\"op\":\"replace\",\"path\":\"/spec/containers/0/image\",\"value\":\"j\"}]");
    var command =
        client.send(
            "PATCH",
            CORE + "pods/fixed",
            "application/json-patch+json",
            "[{\"op\":\"add\",\"path\":\"/spec/containers/0/command\",\"value\":[\"j\"]}]");

    assertThat(image.code()).isEqualTo(200);
    assertThat(command.code()).isEqualTo(422);
    assertThat(command.at("/message")).contains("pod updates may not change fields other than");
  }

  @Test
  void refusesUnsoundPods() {
    var empty = client.post(CORE + "pods", "{metadata: {name: x}, spec: {containers: []}}");
    var odd =
        client.post(
            CORE + "pods",
            "{metadata: {name: x}, spec: {containers: [{name: c, volumeMounts: [{name: v, mountPath: /v}]}]}}");
    var stranger =
        client.post(
            CORE + "pods",
            "{metadata: {name: x}, spec: {serviceAccountName: nobody, containers: [{name: c, image: i}]}}");

    assertThat(empty.at("/message"))
        .isEqualTo("Pod \"x\" is invalid: spec.containers: Required value");
    assertThat(odd.at("/message"))
        .contains(
            "spec.containers[0].image: Required value",
            "spec.containers[0].volumeMounts[0].name: Not found: \"v\"");
    assertThat(stranger.code()).isEqualTo(403);
    assertThat(stranger.at("/message")).contains("serviceaccount \"nobody\" not found");
  }

  @Test
  void putsAPodOnANodeOnce() {
    client.post(
        CORE + "pods", "{metadata: {name: bound}, spec: {containers: [{name: c, image: i}]}}");
    var binding = "{metadata: {name: bound}, target: {kind: Node, name: here}}";

    assertThat(client.post(CORE + "pods/bound/binding", binding).code()).isEqualTo(201);
    assertThat(client.get(CORE + "pods/bound").at("/spec/nodeName")).isEqualTo("here");
    assertThat(client.post(CORE + "pods/bound/binding", binding).code()).isEqualTo(409);
  }

  @Test
  void givesServicesAddressesForLife() {
    var one =
        client.post(CORE + "services", "{metadata: {name: one}, spec: {ports: [{port: 5432}]}}");
    var two = client.post(CORE + "services", "{metadata: {name: two}, spec: {ports: [{port: 1}]}}");
    var headless =
        client.post(
            CORE + "services",
            "{metadata: {name: none}, spec: {clusterIP: None, ports: [{port: 1}]}}");
    var external =
        client.post(
            CORE + "services",
            "{metadata: {name: ext}, spec: {type: ExternalName, externalName: example.com}}");
    var exposed =
        client.post(
            CORE + "services",
            "{metadata: {name: lb}, spec: {type: LoadBalancer, ports: [{port: 1}]}}");

    assertThat(one.at("/spec/clusterIP")).startsWith("127.96.");
    assertThat(one.at("/spec/clusterIPs/0")).isEqualTo(one.at("/spec/clusterIP"));
    assertThat(two.at("/spec/clusterIP")).isNotEqualTo(one.at("/spec/clusterIP"));
    assertThat(one.at("/spec/ports/0/targetPort")).isEqualTo("5432");
    assertThat(one.at("/spec/ports/0/protocol")).isEqualTo("TCP");
    assertThat(one.at("/spec/type")).isEqualTo("ClusterIP");
    assertThat(headless.at("/spec/clusterIP")).isEqualTo("None");
    assertThat(external.body().path("spec").has("clusterIP")).isFalse();
    assertThat(Integer.parseInt(exposed.at("/spec/ports/0/nodePort"))).isBetween(30000, 32767);

    var moved = client.merge(CORE + "services/one", "{spec: {clusterIP: 127.96.9.9}}");
    assertThat(moved.code()).isEqualTo(422);
    assertThat(client.post(CORE + "services", "{metadata: {name: x}, spec: {}}").at("/message"))
        .isEqualTo("Service \"x\" is invalid: spec.ports: Required value");
    server.restart();
    client.close(); // its connections are cut, which it may not have noticed yet
    client = TestClient.admin(server.server());
    var three =
        client.post(CORE + "services", "{metadata: {name: three}, spec: {ports: [{port: 1}]}}");
    assertThat(three.at("/spec/clusterIP"))
        .isNotIn(one.at("/spec/clusterIP"), two.at("/spec/clusterIP"));
  }

  @Test
  void mergesThePlainDataOfSecrets() {
    var secret =
        client.post(
            CORE + "secrets", "{metadata: {name: s}, data: {a: YQ==}, stringData: {b: plain}}");

    assertThat(secret.at("/type")).isEqualTo("Opaque");
    assertThat(secret.at("/data/b")).isEqualTo("cGxhaW4=");
    assertThat(secret.body().has("stringData")).isFalse();
    assertThat(client.merge(CORE + "secrets/s", "{type: other}").code()).isEqualTo(422);
    var tls = client.post(CORE + "secrets", "{metadata: {name: t}, type: kubernetes.io/tls}");
    assertThat(tls.at("/message")).contains("data[tls.crt]: Required value");
  }

  @Test
  void keepsImmutableMapsAsTheyAre() {
    client.post(CORE + "configmaps", "{metadata: {name: im}, immutable: true, data: {a: b}}");

    assertThat(client.merge(CORE + "configmaps/im", "{data: {a: c}}").code()).isEqualTo(422);
    assertThat(client.merge(CORE + "configmaps/im", "{immutable: false}").code()).isEqualTo(422);
    assertThat(client.merge(CORE + "configmaps/im", "{metadata: {labels: {a: b}}}").code())
        .isEqualTo(200);
  }

  @Test
  void letsClaimsGrowWhereTheirClassDoes() {
    var claims = CORE + "persistentvolumeclaims";
    client.post(
        "/apis/storage.k8s.io/v1/storageclasses",
        "{metadata: {name: grow, annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}, provisioner: p, allowVolumeExpansion: true}");
    var claim =
        "{metadata: {name: %s}, spec: {storageClassName: %s, accessModes: [ReadWriteOnce], resources: {requests: {storage: 3Ti}}}}";
    var made = client.post(claims, claim.formatted("g", "grow"));
    client.post(claims, claim.formatted("f", "fixed"));
    var defaulted =
        client.post(
            claims,
            "{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}");
    var resize = "{spec: {resources: {requests: {storage: %s}}}}";

    assertThat(made.at("/status/phase")).isEqualTo("Pending");
    assertThat(made.at("/spec/volumeMode")).isEqualTo("Filesystem");
    assertThat(defaulted.at("/spec/storageClassName")).isEqualTo("grow");
    assertThat(client.merge(claims + "/g", resize.formatted("4Ti")).code()).isEqualTo(422);
    for (var name : List.of("g", "f")) {
      client.merge(claims + "/" + name + "/status", "{status: {phase: Bound}}");
    }
    assertThat(client.merge(claims + "/g", resize.formatted("4Ti")).code()).isEqualTo(200);
    assertThat(client.merge(claims + "/g", resize.formatted("2Ti")).code()).isEqualTo(422);
    assertThat(client.merge(claims + "/f", resize.formatted("4Ti")).code()).isEqualTo(422);
    assertThat(client.merge(claims + "/g", "{spec: {accessModes: [ReadOnlyMany]}}").code())
        .isEqualTo(422);
    assertThat(client.merge(claims + "/g", "{spec: {volumeName: v}}").code()).isEqualTo(200);
    assertThat(client.merge(claims + "/g", "{spec: {volumeName: w}}").code()).isEqualTo(422);
  }

  @Test
  void givesJobsASelectorOfTheirOwn() {
    var job =
        client.post(
            "/apis/batch/v1/namespaces/default/jobs",
            "{metadata: {name: j}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}");
    var always =
        client.post(
            "/apis/batch/v1/namespaces/default/jobs",
            "{metadata: {name: k}, spec: {template: {spec: {containers: [{name: c, image: i}]}}}}");

    assertThat(job.at("/spec/selector/matchLabels/batch.kubernetes.io~1controller-uid"))
        .isEqualTo(job.at("/metadata/uid"));
    assertThat(job.at("/spec/template/metadata/labels/job-name")).isEqualTo("j");
    assertThat(job.at("/spec/backoffLimit")).isEqualTo("6");
    assertThat(job.at("/spec/completions")).isEqualTo("1");
    assertThat(always.code()).isEqualTo(422);
  }

  @Test
  void fillsInDeployments() {
    var path = "/apis/apps/v1/namespaces/default/deployments";
    var body =
        "{metadata: {name: %s}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: %s}}, spec: {containers: [{name: c, image: i}]}}}}";

    var made = client.post(path, body.formatted("d", "b"));
    var mismatch = client.post(path, body.formatted("e", "c"));

    assertThat(made.at("/spec/replicas")).isEqualTo("1");
    assertThat(made.at("/spec/strategy/rollingUpdate/maxSurge")).isEqualTo("25%");
    assertThat(made.at("/metadata/generation")).isEqualTo("1");
    assertThat(mismatch.at("/message")).contains("`selector` does not match template `labels`");
    var scaled = client.merge(path + "/d/scale", "{spec: {replicas: 4}}");
    assertThat(scaled.at("/spec/replicas")).isEqualTo("4");
    assertThat(scaled.at("/status/selector")).isEqualTo("a=b");
    assertThat(client.merge(path + "/d", "{spec: {selector: {matchLabels: {x: y}}}}").code())
        .isEqualTo(422);
  }

  @Test
  void holdsDefinitionsToTheirNames() {
    var path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    var wrong = Widgets.DEFINITION.replace("name: widgets.example.com", "name: w.example.com");

    assertThat(client.post(path, wrong).at("/message")).contains("must be spec.names.plural");
    var typeless =
        Widgets.DEFINITION
            .replace("widgets", "loose")
            .replace("color: {type: string, enum: [red, green], ", "color: {");
    assertThat(client.post(path, typeless).at("/message"))
        .contains(
            "spec.validation.openAPIV3Schema.properties[spec].properties[color].type: Required"
                + " value: must not be empty for specified object fields");
    assertThat(client.get("/apis/example.com/v1").at("/resources/0/kind")).isEqualTo("Widget");
    assertThat(client.get("/apis/example.com").at("/preferredVersion/version")).isEqualTo("v1");
  }
}
