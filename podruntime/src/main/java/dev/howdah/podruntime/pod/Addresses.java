// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.objects.Key;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/// Gives each pod a loopback address of its own, the same one again for the same name.
///
/// What was given is kept in a file; names not seen for long give theirs up when all are taken.
final class Addresses {
  private static final int HOSTS = 254;

  private final Path file;
  private final String prefix;
  private final int networks;
  private final LinkedHashMap<Key, String> known = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, Key> used = new HashMap<>();

  /// @param prefix the first two numbers, such as `127.17`
  /// @param networks how many of the third number may be used
  Addresses(Path file, String prefix, int networks) throws IOException {
    this.file = file;
    this.prefix = prefix;
    this.networks = networks;
    if (Files.exists(file)) {
      Json.parse(Files.readAllBytes(file))
          .properties()
          .forEach(entry -> {
            String[] part = entry.getKey().split("/", 2);
            known.put(new Key(part[0], part[1]), entry.getValue().asText());
          });
    }
  }

  /// An address for a pod.
  ///
  /// @param free whether an address can be used; asked only about those no other pod has
  synchronized String take(Key pod, Predicate<String> free) throws IOException {
    String before = known.get(pod);
    if (before != null && isUnused(before, pod) && free.test(before)) {
      used.put(before, pod);
      return before;
    }
    Collection<String> remembered = known.values();
    for (boolean spare : new boolean[] {true, false}) {
      for (int i = 0; i < networks * HOSTS; i++) {
        String address = prefix + "." + i / HOSTS + "." + (i % HOSTS + 1);
        if (isUnused(address, pod)
            && !(spare && remembered.contains(address))
            && free.test(address)) {
          known.values().remove(address);
          hold(pod, address);
          return address;
        }
      }
    }
    throw new IOException("all loopback addresses of %s.0.0 are taken".formatted(prefix));
  }

  /// Notes that a pod has an address already.
  synchronized void hold(Key pod, String address) throws IOException {
    used.put(address, pod);
    if (!address.equals(known.put(pod, address))) {
      save();
    }
  }

  synchronized void release(Key pod, String address) {
    used.remove(address, pod);
  }

  private boolean isUnused(String address, Key pod) {
    return used.getOrDefault(address, pod).equals(pod);
  }

  private void save() throws IOException {
    ObjectNode all = Json.object();
    known.forEach((key, address) -> all.put(key.toString(), address));
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.write(fresh, Json.bytes(all));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// Whether a port can be listened on.
  static boolean canListen(String address, int port) {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
