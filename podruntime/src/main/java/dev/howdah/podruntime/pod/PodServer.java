// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import dev.howdah.podruntime.log.ContainerLog;
import dev.howdah.podruntime.log.LogRequest;
import dev.howdah.podruntime.process.Streams;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Optional;

/// What people ask of running pods: logs, exec, attach, port-forward.
public final class PodServer {
  private static final int CONNECT_MILLIS = 5000;

  private final Pods pods;

  PodServer(Pods pods) {
    this.pods = pods;
  }

  /// It can't be done now; the message is for the one who asked.
  public static final class Unavailable extends IOException {
    private static final long serialVersionUID = 1;

    Unavailable(String message) {
      super(message);
    }
  }

  /// One pod, by its very UID.
  public record Target(String namespace, String name, String uid, String container) {}

  /// Writes a container's log.
  public void logs(Target target, boolean previous, LogRequest request, OutputStream out)
      throws IOException, InterruptedException {
    Container container = container(target);
    Optional<ContainerLog> log = container.log(previous);
    if (log.isEmpty()) {
      throw new Unavailable(
          previous
              ? "previous terminated container \"%s\" in pod \"%s\" not found"
                  .formatted(target.container, target.name)
              : "container \"%s\" in pod \"%s\" is waiting to start: %s"
                  .formatted(target.container, target.name, waitingReason(container)));
    }
    log.get().copy(request, out);
  }

  private static String waitingReason(Container container) {
    return container.state().now() instanceof ContainerState.Waiting(var reason, var message)
            && !reason.isEmpty()
        ? reason + ": " + message
        : "ContainerCreating";
  }

  /// Runs a program in a container.
  public int exec(Target target, List<String> command, boolean tty, Streams streams)
      throws IOException, InterruptedException {
    Container container = running(target);
    return container.pod().programs().exec(container, command, tty, streams);
  }

  /// Joins a container's main process.
  public int attach(Target target, Streams streams) throws IOException, InterruptedException {
    Container container = running(target);
    return container.pod().programs().attach(container, streams);
  }

  /// Connects to a port of a pod, at its address.
  public Socket connect(Target target, int port) throws IOException {
    PodWorker worker = worker(target);
    var socket = new Socket();
    try {
      socket.connect(
          new InetSocketAddress(InetAddress.ofLiteral(worker.ip()), port), CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw new Unavailable(
          "nothing answers on port %d of pod %s (%s): %s"
              .formatted(port, target.name, worker.ip(), e.getMessage()));
    }
  }

  private PodWorker worker(Target target) throws Unavailable {
    return pods.find(target.namespace, target.name, target.uid)
        .orElseThrow(() ->
            new Unavailable("pod \"%s\" is not running on this machine".formatted(target.name)));
  }

  private Container container(Target target) throws Unavailable {
    return worker(target)
        .container(target.container)
        .orElseThrow(() ->
            new Unavailable(
                "container \"%s\" in pod \"%s\" is waiting to start: ContainerCreating"
                    .formatted(target.container, target.name)));
  }

  private Container running(Target target) throws Unavailable {
    Container container = container(target);
    if (container.process().isEmpty()) {
      throw new Unavailable("container not running (%s)".formatted(target.container));
    }
    return container;
  }
}
