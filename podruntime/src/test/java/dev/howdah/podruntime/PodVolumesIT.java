// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class PodVolumesIT {
  private static LocalCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = new LocalCluster();
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
  }

  @Test
  void mountsObjectsAndUpdatesThemAllAtOnce() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: tls}
        stringData: {tls.crt: one, tls.key: k1}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: conf}
        data: {a: "1", b: "2"}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: mounts, labels: {role: primary}}
        spec:
          terminationGracePeriodSeconds: 0
          volumes:
          - {name: tls, secret: {secretName: tls, defaultMode: 0600}}
          - {name: conf, configMap: {name: conf, items: [{key: a, path: deep/a}]}}
          - name: all
            projected:
              sources:
              - serviceAccountToken: {path: token, expirationSeconds: 3600}
              - configMap: {name: kube-root-ca.crt}
              - downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
          - {name: mem, emptyDir: {medium: Memory}}
          containers:
          - name: main
            image: busybox
            command: [sleep, "1000"]
            env:
            - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            - {name: CRT, value: /etc/tls/tls.crt}
            - {name: LIMIT, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
            - {name: KEY, valueFrom: {secretKeyRef: {name: tls, key: tls.key}}}
            - {name: BOTH, value: "$(KEY)-$(LIMIT)-$$(KEY)"}
            envFrom: [{configMapRef: {name: conf}, prefix: C_}]
            resources: {limits: {memory: 64Mi}}
            volumeMounts:
            - {name: tls, mountPath: /etc/tls}
            - {name: conf, mountPath: /etc/conf}
            - {name: all, mountPath: /all}
            - {name: mem, mountPath: /dev/shm}
            - {name: mem, mountPath: /sub, subPath: below}
        """);
    cluster.awaitReady("mounts");

    assertThat(
            cluster.sh(
                "mounts",
                "cat $HOWDAH_ROOT/etc/tls/tls.crt $CRT; stat -L -c '%a %U'"
                    + " $HOWDAH_ROOT/etc/tls/tls.key"))
        .isEqualTo("oneone600 " + cluster.runtime.user() + "\n");
    assertThat(cluster.sh("mounts", "cat $HOWDAH_ROOT/etc/conf/deep/a $HOWDAH_ROOT/all/labels"))
        .isEqualTo("1role=\"primary\"\n");
    assertThat(
            cluster.sh("mounts", "echo $BOTH $C_b; [ \"$IP\" = \"$HOWDAH_POD_IP\" ] && echo same"))
        .isEqualTo("k1-64-$(KEY) 2\nsame\n");
    assertThat(
            cluster.sh(
                "mounts",
                "cut -c1-3 $HOWDAH_ROOT/all/token; head -1 $HOWDAH_ROOT/all/ca.crt; echo x >"
                    + " $HOWDAH_ROOT/sub/f; cat $HOWDAH_ROOT/dev/shm/below/f"))
        .isEqualTo("eyJ\n-----BEGIN CERTIFICATE-----\nx\n");

    cluster.client.merge(
        Resource.SECRETS,
        "default",
        "tls",
        LocalCluster.yaml("{stringData: {tls.crt: two, tls.key: k2}}"));

    Awaitility.await()
        .atMost(LocalCluster.DEADLINE)
        .until(() -> cluster.sh("mounts", "cat $CRT $HOWDAH_ROOT/etc/tls/tls.key").equals("twok2"));
  }

  @Test
  void givesClaimsFoldersThatOutliveThePodAndGoWithTheClaim() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: data}
        spec:
          storageClassName: fast-ssd
          accessModes: [ReadWriteOnce]
          resources: {requests: {storage: 3Ti}}
        """);
    String pod =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: keeper}
        spec:
          restartPolicy: Never
          volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
          containers:
          - name: main
            image: busybox
            command: [sh, -c, 'cat $0 2>/dev/null; echo kept >> $0', /data/file]
            volumeMounts: [{name: data, mountPath: /data}]
        """;
    cluster.apply(pod);
    cluster.awaitPhase("keeper", "Succeeded");
    cluster.delete(Resource.PODS, "keeper");
    cluster.awaitGone(Resource.PODS, "keeper");
    cluster.apply(pod);
    cluster.awaitPhase("keeper", "Succeeded");

    assertThat(cluster.log("keeper", java.util.Map.of())).isEqualTo("kept\n");
    JsonNode claim = cluster.find(Resource.PERSISTENT_VOLUME_CLAIMS, "data").orElseThrow();
    assertThat(claim.path("status").path("phase").asText()).isEqualTo("Bound");
    assertThat(claim.path("status").path("capacity").path("storage").asText()).isEqualTo("3Ti");
    JsonNode volume =
        cluster
            .find(Resource.PERSISTENT_VOLUMES, claim.path("spec").path("volumeName").asText())
            .orElseThrow();
    Path folder = Path.of(volume.path("spec").path("hostPath").path("path").asText());
    assertThat(folder.resolve("file")).hasContent("kept\nkept");
    cluster.awaitEvent("data SizeNotEnforced");

    cluster.client.merge(
        Resource.PERSISTENT_VOLUME_CLAIMS,
        "default",
        "data",
        LocalCluster.yaml("{spec: {resources: {requests: {storage: 4Ti}}}}"));
    cluster.await(
        Resource.PERSISTENT_VOLUME_CLAIMS,
        "data",
        c -> c.path("status").path("capacity").path("storage").asText().equals("4Ti"));

    cluster.delete(Resource.PODS, "keeper");
    cluster.delete(Resource.PERSISTENT_VOLUME_CLAIMS, "data");
    cluster.awaitGone(Resource.PERSISTENT_VOLUME_CLAIMS, "data");
    cluster.awaitGone(Resource.PERSISTENT_VOLUMES, Json.name(volume));
    assertThat(folder).doesNotExist();
  }

  @Test
  void copiesOfSnapshotsGoWithThemWheneverTheyAreDeleted() throws Exception {
    defineSnapshots();
    cluster.apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: many}
        spec:
          accessModes: [ReadWriteOnce]
          resources: {requests: {storage: 1Gi}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: filler}
        spec:
          restartPolicy: Never
          volumes: [{name: many, persistentVolumeClaim: {claimName: many}}]
          containers:
          - name: main
            image: busybox
            command: [sh, -c, 'for i in $(seq 3000); do echo $i > $0/$i; done', /many]
            volumeMounts: [{name: many, mountPath: /many}]
        """);
    cluster.awaitPhase("filler", "Succeeded");
    Path copies = cluster.home().resolve("snapshots");
    cluster.client.create(Resource.VOLUME_SNAPSHOTS, snapshot("kept"));
    var kept =
        cluster.await(
            Resource.VOLUME_SNAPSHOTS, "kept", s -> s.at("/status/readyToUse").asBoolean());

    cluster.client.create(Resource.VOLUME_SNAPSHOTS, snapshot("hasty"));
    Awaitility.await()
        .atMost(LocalCluster.DEADLINE)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> copies.toFile().list().length > 1);
    cluster.delete(Resource.VOLUME_SNAPSHOTS, "hasty");

    awaitOnly(copies, Json.uid(kept));
    cluster.runtime.close();
    Files.createDirectories(copies.resolve("left-by-a-deletion-nobody-saw"));
    Files.createDirectories(copies.resolve("half.part"));
    cluster.startRuntime();
    awaitOnly(copies, Json.uid(kept));
    assertThat(copies.resolve(Json.uid(kept)).toFile().list()).hasSize(3000);

    cluster.delete(Resource.VOLUME_SNAPSHOTS, "kept");
    Awaitility.await()
        .atMost(LocalCluster.DEADLINE)
        .until(() -> copies.toFile().list().length == 0);
  }

  private static void defineSnapshots() throws Exception {
    var definitions =
        new Resource(
            "apiextensions.k8s.io",
            "v1",
            "customresourcedefinitions",
            "CustomResourceDefinition",
            false);
    var file = "/crds/snapshot.storage.k8s.io_volumesnapshots.yaml";
    try (var in = PodRuntime.class.getResourceAsStream(file)) {
      var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      cluster.client.create(definitions, LocalCluster.yaml(text));
    }
    Awaitility.await()
        .atMost(LocalCluster.DEADLINE)
        .until(() -> cluster.client.serves(Resource.VOLUME_SNAPSHOTS, "default"));
  }

  private static ObjectNode snapshot(String name) {
    return LocalCluster.yaml(
        """
        apiVersion: snapshot.storage.k8s.io/v1
        kind: VolumeSnapshot
        metadata: {name: %s, namespace: default}
        spec: {source: {persistentVolumeClaimName: many}}
        """
            .formatted(name));
  }

  private static void awaitOnly(Path folder, String name) {
    Awaitility.await()
        .atMost(LocalCluster.DEADLINE)
        .untilAsserted(() -> assertThat(folder.toFile().list()).containsExactly(name));
  }

  @Test
  void installsProgramsOfImagesIntoVolumes() throws Exception {
    cluster.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: programs}
        spec:
          restartPolicy: Never
          volumes: [{name: scratch, emptyDir: {}}]
          initContainers:
          - name: boot
            image: operator
            command: [/manager, bootstrap, /controller/manager]
            volumeMounts: [{name: scratch, mountPath: /controller}]
          - name: link
            image: operator
            command: [ln, -s, /bin/echo, /controller/manager]
            volumeMounts: [{name: scratch, mountPath: /controller}]
          containers:
          - name: main
            image: ghcr.io/cloudnative-pg/postgresql:15
            command: [/controller/manager, ran, /controller/x]
            volumeMounts: [{name: scratch, mountPath: /controller}]
        """);

    cluster.awaitPhase("programs", "Succeeded");

    Path root = cluster.home().resolve("names/default/programs/c/main/root");
    assertThat(Files.isSymbolicLink(root.resolve("controller"))).isTrue();
    String visible = cluster.log("programs", java.util.Map.of("container", "boot"));
    assertThat(visible).startsWith("bootstrap ").endsWith("/controller/manager\n");
    assertThat(cluster.log("programs", java.util.Map.of("container", "main")))
        .startsWith("ran /")
        .endsWith("/controller/x\n");
  }
}
