// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/// What runs the pods: the API server passes logs, exec, attach and port-forward on to it, as it
/// would to a kubelet.
///
/// All methods are called on a virtual thread of their own and may block. When the client goes away
/// that thread is interrupted. The server has checked before that the pod and the container exist
/// and that the user may do this.
public interface PodBackend {
  /// A pod of this moment; a later pod of the same name has another UID.
  record Pod(String namespace, String name, String uid) {}

  /// Which part of which log. `tailLines`, `sinceTime` and `limitBytes` are absent for "all".
  record LogRequest(
      String container,
      boolean follow,
      boolean previous,
      boolean timestamps,
      @Nullable Integer tailLines,
      @Nullable Instant sinceTime,
      @Nullable Long limitBytes) {}

  /// A program to run in a container, beside what runs there.
  record ExecRequest(String container, List<String> command, boolean tty) {
    public ExecRequest {
      command = List.copyOf(command);
    }
  }

  /// A container whose main process to attach to.
  record AttachRequest(String container, boolean tty) {}

  /// The client's ends. `stdin` is absent unless the client sends any; `stderr` is absent with a
  /// terminal. New sizes of the client's terminal arrive in `resizes`.
  record Streams(
      @Nullable InputStream stdin,
      @Nullable OutputStream stdout,
      @Nullable OutputStream stderr,
      BlockingQueue<TerminalSize> resizes) {}

  /// Columns and rows.
  record TerminalSize(int width, int height) {}

  /// A connection to a port inside a pod.
  interface Connection extends Closeable {
    /// What the pod says.
    InputStream input() throws IOException;

    /// What the pod hears; closing it closes only this direction.
    OutputStream output() throws IOException;
  }

  /// Writes the log and returns at its end, with `follow` when the container ended.
  void logs(Pod pod, LogRequest request, OutputStream out) throws IOException, InterruptedException;

  /// Runs the program and returns its exit code (128 + signal when killed by a signal).
  int exec(Pod pod, ExecRequest request, Streams streams) throws IOException, InterruptedException;

  /// Passes output and input of the main process until the client or the process ends; returns the
  /// exit code, 0 when the client left.
  int attach(Pod pod, AttachRequest request, Streams streams)
      throws IOException, InterruptedException;

  /// Connects to a TCP port of the pod.
  Connection connect(Pod pod, int port) throws IOException;

  /// Refuses with a status the client shows, such as 400 "container is not running".
  final class Refused extends IOException {
    private static final long serialVersionUID = 1;
    private final int code;

    public Refused(int code, String message) {
      super(message);
      this.code = code;
    }

    /// The HTTP status code.
    public int code() {
      return code;
    }
  }

  /// A backend for a server without pods: everything is refused.
  static PodBackend none() {
    return new NoPods();
  }
}
