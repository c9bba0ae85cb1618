// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.cluster.Cluster;
import dev.howdah.kube.KubeClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What an installation on Kubernetes applies once, here applied at every start: the kinds, and
/// what the operator may do.
final class Installed {
  private static final List<String> KINDS =
      List.of(
          "postgresql.cnpg.io_clusters",
          "postgresql.cnpg.io_backups",
          "postgresql.cnpg.io_scheduledbackups",
          "postgresql.cnpg.io_poolers",
          "postgresql.cnpg.io_databases",
          "postgresql.cnpg.io_databaseroles",
          "postgresql.cnpg.io_publications",
          "postgresql.cnpg.io_subscriptions",
          "postgresql.cnpg.io_imagecatalogs",
          "postgresql.cnpg.io_clusterimagecatalogs",
          "postgresql.cnpg.io_failoverquorums",
          "barmancloud.cnpg.io_objectstores",
          "howdah.dev_restores",
          "howdah.dev_databaserestores",
          "howdah.dev_restoredrills");

  private Installed() {}

  static void into(KubeClient client, Path scratch) throws IOException {
    var texts = new ArrayList<String>();
    for (var kind : KINDS) {
      texts.add(resource(Cluster.class, "/crds/" + kind + ".yaml"));
    }
    texts.add(
        resource(
            dev.howdah.podruntime.PodRuntime.class,
            "/crds/snapshot.storage.k8s.io_volumesnapshots.yaml"));
    texts.add(resource(dev.howdah.operator.Operator.class, "/rbac/operator-clusterrole.yaml"));
    texts.add(
        """
        apiVersion: v1
        kind: Namespace
        metadata:
          name: howdah-system
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: howdah-operator
          namespace: howdah-system
        """);
    var file = scratch.resolve("installed.yaml");
    Files.writeString(file, String.join("\n---\n", texts));
    try {
      new Applier(client, _ -> {}).apply(new Manifests(List.copyOf(read(file))));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static List<ObjectNode> read(Path file) {
    return Manifests.read(List.of(file)).objects();
  }

  private static String resource(Class<?> from, String name) throws IOException {
    try (InputStream in = from.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the build left out " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
