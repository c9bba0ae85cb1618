// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.podruntime.objects.Key;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostsTest {
  @TempDir Path folder;

  @Test
  void namesServicesAsAPodOfTheirNamespaceAndAsAnyOther() throws Exception {
    ObjectNode pod =
        dev.howdah.kube.Json.parse("{\"metadata\":{\"namespace\":\"db\",\"name\":\"main-1\"}}");
    var services =
        List.of(
            new Hosts.Named("db", "main-rw", "127.96.0.5"),
            new Hosts.Named("other", "api", "127.96.0.6"));

    String text = Hosts.text(pod, "127.16.0.1", services, List.of(), "cluster.local", "machine\n");

    assertThat(text)
        .contains("\n127.16.0.1 main-1\n")
        .contains("\n127.96.0.5 main-rw main-rw.db main-rw.db.svc main-rw.db.svc.cluster.local\n")
        .contains("\n127.96.0.6 api.other api.other.svc api.other.svc.cluster.local\n")
        .endsWith("machine\n");
  }

  @Test
  void changesTheFileThatIsThere() throws Exception {
    Path file = folder.resolve("hosts");
    Hosts.write(file, "a long first text\n");
    Object inode = Files.getAttribute(file, "unix:ino");

    Hosts.write(file, "short\n");

    assertThat(file).hasContent("short\n");
    assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(inode);
  }

  @Test
  void givesTheSameNameTheSameAddressAgain() throws Exception {
    Path file = folder.resolve("addresses.json");
    var a = new Key("db", "a");
    var b = new Key("db", "b");
    var addresses = new Addresses(file, "127.99", 1);
    String first = addresses.take(a, _ -> true);
    addresses.release(a, first);
    String second = addresses.take(b, _ -> true);

    var later = new Addresses(file, "127.99", 1);

    assertThat(second).isNotEqualTo(first);
    assertThat(later.take(a, _ -> true)).isEqualTo(first);
    assertThat(later.take(b, address -> !address.equals(second))).isNotIn(first, second);
  }
}
