// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.http;

import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;

/// What a failure of the connection means, and what to do about it.
public final class Faults {
  private Faults() {}

  /// @param base of the server that could not be reached
  public static StoreException of(URI base, IOException e) {
    var where = "the object store at " + base;
    if (e instanceof SocketTimeoutException) {
      return new StoreException(
          Kind.UNAVAILABLE, where + " did not answer in time (" + e.getMessage() + ")", e);
    }
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof UnknownHostException) {
        return new StoreException(
            Kind.UNREACHABLE,
            where + " can't be found: its name doesn't resolve; check endpointURL",
            e);
      }
      if (t instanceof java.security.cert.CertificateException
          || t instanceof java.security.cert.CertPathValidatorException
          || t instanceof java.security.cert.CertPathBuilderException) {
        return new StoreException(
            Kind.UNTRUSTED,
            where
                + " has a certificate that isn't trusted: "
                + t.getMessage()
                + "; give its certificate authority as endpointCA",
            e);
      }
    }
    if (e instanceof SSLException && String.valueOf(e.getMessage()).contains("plaintext")) {
      return new StoreException(
          Kind.UNREACHABLE, where + " speaks no TLS; write endpointURL with http://", e);
    }
    if (e instanceof ConnectException) {
      return new StoreException(
          Kind.UNREACHABLE,
          where + " can't be reached: " + e.getMessage() + "; check endpointURL and the network",
          e);
    }
    return new StoreException(
        Kind.UNAVAILABLE, "the connection to " + where + " broke: " + e.getMessage(), e);
  }
}
