// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver;

import java.io.OutputStream;

/// Runs nothing and says so.
final class NoPods implements PodBackend {
  private static Refused refused() {
    return new Refused(503, "this API server runs without a pod runtime");
  }

  @Override
  public void logs(Pod pod, LogRequest request, OutputStream out) throws Refused {
    throw refused();
  }

  @Override
  public int exec(Pod pod, ExecRequest request, Streams streams) throws Refused {
    throw refused();
  }

  @Override
  public int attach(Pod pod, AttachRequest request, Streams streams) throws Refused {
    throw refused();
  }

  @Override
  public Connection connect(Pod pod, int port) throws Refused {
    throw refused();
  }
}
