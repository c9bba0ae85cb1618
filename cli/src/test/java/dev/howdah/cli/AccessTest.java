// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {
  private static ObjectNode secret(String... pairs) {
    ObjectNode secret = Json.object(Resource.SECRETS, "db", "x");
    for (int i = 0; i < pairs.length; i += 2) {
      secret
          .withObject("/data")
          .put(pairs[i], Base64.getEncoder().encodeToString(pairs[i + 1].getBytes()));
    }
    return secret;
  }

  @Test
  void manyCommandsAtATimeWriteWhatEachOfThemNeeds(@TempDir Path folder) throws Exception {
    var home = new Home(folder);
    ObjectNode service = Json.object(Resource.SERVICES, "db", "x");
    service.withObject("/spec").put("clusterIP", "127.96.0.1");
    var login = secret("username", "app", "password", "secret", "dbname", "app");
    var tasks = new ArrayList<Callable<Access>>();
    for (int i = 0; i < 40; i++) {
      var cluster = Json.object(Resource.CLUSTERS, "db", "c" + i % 8);
      tasks.add(() -> Access.write(home, cluster, service, secret("ca.crt", "pem"), login));
    }

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var done : threads.invokeAll(tasks)) {
        assertThat(done.get().serviceFile()).content().contains("[" + done.get().service() + "]");
      }
    }
  }
}
