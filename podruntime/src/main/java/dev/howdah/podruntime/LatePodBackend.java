// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime;

import dev.howdah.apiserver.PodBackend;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/// Stands in for the runtime while it can't be there yet: the API server wants its pod backend at
/// its start, and the runtime needs the API server for its own.
public final class LatePodBackend implements PodBackend {
  private volatile @Nullable PodBackend backend;

  /// From now on, requests go there.
  public void bind(PodBackend target) {
    backend = target;
  }

  private PodBackend target() throws Refused {
    PodBackend current = backend;
    if (current == null) {
      throw new Refused(503, "the process runtime is still starting, try again in a moment");
    }
    return current;
  }

  @Override
  public void logs(Pod pod, LogRequest request, OutputStream out)
      throws IOException, InterruptedException {
    target().logs(pod, request, out);
  }

  @Override
  public int exec(Pod pod, ExecRequest request, Streams streams)
      throws IOException, InterruptedException {
    return target().exec(pod, request, streams);
  }

  @Override
  public int attach(Pod pod, AttachRequest request, Streams streams)
      throws IOException, InterruptedException {
    return target().attach(pod, request, streams);
  }

  @Override
  public Connection connect(Pod pod, int port) throws IOException {
    return target().connect(pod, port);
  }
}
