// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Store;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// Gives Services addresses and node ports that no other Service has. What is taken is read from
/// the stored Services, so that nothing else has to survive a restart.
final class ServiceAddresses {
  private static final GroupResource SERVICES = new GroupResource("", "services");
  private static final int FIRST_NODE_PORT = 30000;
  private static final int LAST_NODE_PORT = 32767;
  private static final int RESERVED = 1; // the first address is kubernetes.default's on a cluster

  private final Store store;
  private final long base;
  private final long size;
  private final ReentrantLock lock = new ReentrantLock();
  private long lastAddress;
  private int lastPort = FIRST_NODE_PORT - 1;

  ServiceAddresses(Store store, String range) {
    this.store = store;
    var slash = range.indexOf('/');
    var bits = slash < 0 ? 0 : Integer.parseInt(range.substring(slash + 1));
    if (bits < 8 || bits > 30) {
      throw new IllegalArgumentException("no range of addresses such as 127.96.0.0/16: " + range);
    }
    this.size = 1L << (32 - bits);
    this.base = number(range.substring(0, slash)) / size * size;
    this.lastAddress = RESERVED;
  }

  private static long number(String address) {
    long number = 0;
    for (var part : address.split("\\.")) {
      number = number << 8 | Integer.parseInt(part);
    }
    return number;
  }

  private static String text(long number) {
    return "%d.%d.%d.%d"
        .formatted(number >> 24 & 255, number >> 16 & 255, number >> 8 & 255, number & 255);
  }

  /// Whether the address is one that Services may have.
  boolean contains(String address) {
    try {
      var offset = number(address) - base;
      return address.split("\\.").length == 4 && offset > 0 && offset < size - 1;
    } catch (NumberFormatException _) {
      return false;
    }
  }

  /// Whether a Service has the address.
  boolean taken(String address) {
    return used("clusterIP").contains(address);
  }

  /// A free address; successive calls give different ones, so that concurrent creations cannot
  /// clash.
  String next() {
    lock.lock();
    try {
      var used = used("clusterIP");
      for (long tried = 0; tried < size; tried++) {
        lastAddress = lastAddress + 1 >= size - 1 ? RESERVED + 1 : lastAddress + 1;
        var address = text(base + lastAddress);
        if (!used.contains(address)) {
          return address;
        }
      }
      throw new IllegalStateException("all addresses for Services are taken");
    } finally {
      lock.unlock();
    }
  }

  /// A free node port.
  int nextPort() {
    lock.lock();
    try {
      var used = used("nodePort");
      for (var tried = 0; tried <= LAST_NODE_PORT - FIRST_NODE_PORT; tried++) {
        lastPort = lastPort >= LAST_NODE_PORT ? FIRST_NODE_PORT : lastPort + 1;
        if (!used.contains(Integer.toString(lastPort))) {
          return lastPort;
        }
      }
      throw new IllegalStateException("all node ports are taken");
    } finally {
      lock.unlock();
    }
  }

  private Set<String> used(String field) {
    var used = new HashSet<String>();
    for (var service : store.list(SERVICES, "").objects()) {
      JsonNode spec = service.tree().path("spec");
      if (field.equals("clusterIP")) {
        used.add(spec.path(field).asText(""));
      } else {
        spec.path("ports").forEach(port -> used.add(port.path(field).asText("")));
      }
    }
    return used;
  }
}
