// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.core.leadership.LeaseCodec;
import dev.howdah.core.leadership.LeaseRecord;
import dev.howdah.instance.http.Endpoint;
import dev.howdah.instance.http.Reply;
import dev.howdah.instance.tls.PemFiles;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/// The surroundings of a [Training]: a pod's folders, and an API server that has the objects that
/// an instance manager reads at its start.
final class TrainingApi {
  static final String NAMESPACE = "training";
  static final String CLUSTER = "training";
  private static final String POD = CLUSTER + "-1";

  /// One of this machine's own, and another one for each training that goes on at the same time.
  private static final String ADDRESS = address(ProcessHandle.current().pid());

  private TrainingApi() {}

  private static String address(long pid) {
    return "127.%d.%d.%d"
        .formatted(97 + (pid >> 16) % 30, (pid >> 8) & 0xff, 1 + (pid & 0xff) % 254);
  }

  /// The pod's environment: PGDATA, given by the launcher, lies below the root.
  static PodEnvironment pod(int port, PemFiles pem, Map<String, String> given) throws IOException {
    Path data = Path.of(given.getOrDefault("PGDATA", ""));
    Path volume = data.getParent();
    if (volume == null) {
      throw new IOException("PGDATA has to name a folder below a root, for training");
    }
    Path root = volume.resolveSibling("root");
    Path account = root.resolve("var/run/secrets/kubernetes.io/serviceaccount");
    Path programs = root.resolve("bin");
    for (Path folder : new Path[] {volume, account, programs, root.resolve("controller")}) {
      Files.createDirectories(folder);
    }
    Files.writeString(account.resolve("token"), "training");
    Files.writeString(account.resolve("namespace"), NAMESPACE);
    Files.writeString(account.resolve("ca.crt"), pem.serverCa());
    Path server = programs.resolve("postgres");
    Files.writeString(server, "#!/bin/sh\necho 'postgres (PostgreSQL) 17.0'\n");
    if (!server.toFile().setExecutable(true)) {
      throw new IOException(server + " can't be made a program");
    }
    Map<String, String> environment = new HashMap<>(given);
    environment.putAll(
        Map.of(
            "POD_NAME",
            POD,
            "NAMESPACE",
            NAMESPACE,
            "CLUSTER_NAME",
            CLUSTER,
            "HOWDAH_ROOT",
            root.toString(),
            "HOWDAH_POD_IP",
            ADDRESS,
            "PATH",
            programs + ":" + given.getOrDefault("PATH", "/usr/bin:/bin"),
            "KUBERNETES_SERVICE_HOST",
            "localhost",
            "KUBERNETES_SERVICE_PORT",
            Integer.toString(port)));
    return PodEnvironment.of(environment);
  }

  /// @param watched counts down when the instance manager begins to follow the Lease
  static Map<String, Endpoint> endpoints(PemFiles pem, CountDownLatch watched) throws IOException {
    ObjectNode lease = Json.object(Resource.LEASES, NAMESPACE, CLUSTER);
    ObjectNode annotations = lease.withObject("/metadata").putObject("annotations");
    LeaseCodec.encode(LeaseRecord.FRESH).annotations().forEach(annotations::put);
    lease.putObject("spec").put("holderIdentity", "").put("leaseTransitions", 0);
    Map<String, Endpoint> all = new HashMap<>();
    put(all, Resource.LEASES, lease, watched);
    put(all, Resource.CLUSTERS, cluster(), new CountDownLatch(1));
    ObjectNode pod = Json.object(Resource.PODS, NAMESPACE, POD);
    pod.withObject("/metadata").put("uid", "uid-of-the-pod");
    pod.putObject("status").put("podIP", ADDRESS);
    put(all, Resource.PODS, pod, new CountDownLatch(1));
    secret(all, CLUSTER + "-ca", "ca.crt", pem.serverCa(), "ca.key", "");
    secret(
        all, CLUSTER + "-server", "tls.crt", pem.serverCertificate(), "tls.key", pem.serverKey());
    secret(
        all,
        CLUSTER + "-replication",
        "tls.crt",
        pem.replicationCertificate(),
        "tls.key",
        pem.replicationKey());
    return all;
  }

  private static ObjectNode cluster() throws IOException {
    ObjectNode cluster = Json.object(Resource.CLUSTERS, NAMESPACE, CLUSTER);
    cluster.withObject("/metadata").put("uid", "uid-of-the-cluster");
    cluster.setAll(
        Json.parse(
            """
            {"spec": {"instances": 3, "postgresql": {"parameters": {"work_mem": "8MB"}}},
             "status": {"targetPrimary": "training-2", "currentPrimary": "training-2",
              "instanceNames": ["training-1", "training-2"]}}\
            """));
    return cluster;
  }

  private static void secret(
      Map<String, Endpoint> all, String name, String key, String value, String other, String more) {
    ObjectNode secret = Json.object(Resource.SECRETS, NAMESPACE, name);
    ObjectNode data = secret.putObject("data");
    data.put(key, encoded(value)).put(other, encoded(more));
    put(all, Resource.SECRETS, secret, new CountDownLatch(1));
  }

  private static String encoded(String value) {
    return Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.US_ASCII));
  }

  /// An object, and a watch of it that reports it once and ends.
  private static void put(
      Map<String, Endpoint> all, Resource resource, ObjectNode object, CountDownLatch watched) {
    object.withObject("/metadata").put("resourceVersion", "7");
    String collection =
        (resource.group().isEmpty() ? "/api/" : "/apis/")
            + resource.apiVersion()
            + "/namespaces/"
            + NAMESPACE
            + "/"
            + resource.plural();
    all.put(collection + "/" + Json.name(object), Endpoint.open(_ -> Reply.json(object)));
    ObjectNode event = Json.object().put("type", "MODIFIED");
    event.set("object", object);
    all.put(
        collection,
        Endpoint.open(_ -> {
          watched.countDown();
          return Reply.json(event);
        }));
  }
}
