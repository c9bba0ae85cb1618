// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/// What a pod sees as `/etc/hosts`: itself, all Services by all their names, the pods behind
/// headless Services, then what the machine's own file says.
final class Hosts {
  /// A name with an address.
  record Named(String namespace, String name, String address) {}

  private Hosts() {}

  /// The text. Pure.
  ///
  /// @param services Services by cluster address
  /// @param members pods behind headless Services, named by the Service
  /// @param domain the cluster's domain, such as `cluster.local`
  static String text(
      JsonNode pod,
      String ip,
      Collection<Named> services,
      Collection<Named> members,
      String domain,
      String machine) {
    var text = new StringBuilder("# written by howdah\n127.0.0.1 localhost\n::1 localhost\n");
    String namespace = Json.namespace(pod);
    String hostname = hostname(pod);
    String subdomain = pod.path("spec").path("subdomain").asText("");
    text.append(ip);
    if (!subdomain.isEmpty()) {
      String full = "%s.%s.%s.svc".formatted(hostname, subdomain, namespace);
      text.append(' ').append(full).append('.').append(domain).append(' ').append(full);
    }
    text.append(' ').append(hostname).append('\n');
    for (JsonNode alias : pod.path("spec").path("hostAliases")) {
      text.append(alias.path("ip").asText());
      alias.path("hostnames").forEach(name -> text.append(' ').append(name.asText()));
      text.append('\n');
    }
    var lines = new TreeSet<String>();
    for (Named each : List.copyOf(services)) {
      lines.add(line(each, namespace, domain));
    }
    for (Named each : List.copyOf(members)) {
      lines.add(line(each, namespace, domain));
    }
    lines.forEach(line -> text.append(line).append('\n'));
    return text.append("# of this machine\n").append(machine).toString();
  }

  private static String line(Named named, String namespace, String domain) {
    String base = named.name + "." + named.namespace;
    String own = named.namespace.equals(namespace) ? named.name + " " : "";
    return "%s %s%s %s.svc %s.svc.%s".formatted(named.address, own, base, base, base, domain);
  }

  static String hostname(JsonNode pod) {
    return pod.path("spec").path("hostname").asText(Json.name(pod));
  }

  /// Writes into the file that is there, as containers have mounted it; never empties it between.
  static void write(Path file, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (Files.exists(file) && Files.readString(file).equals(text)) {
      return;
    }
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), 0);
      channel.truncate(bytes.length);
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }
}
