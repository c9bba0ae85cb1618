// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.names;

/// Keys of the Secrets that the operator makes.
public final class SecretKeys {
  // of users
  public static final String USERNAME = "username";
  public static final String USER = "user";
  public static final String PASSWORD = "password";
  public static final String DBNAME = "dbname";
  public static final String HOST = "host";
  public static final String PORT = "port";
  public static final String PGPASS = "pgpass";
  public static final String URI = "uri";
  public static final String JDBC_URI = "jdbc-uri";
  public static final String FQDN_URI = "fqdn-uri";
  public static final String FQDN_JDBC_URI = "fqdn-jdbc-uri";

  // of certificates
  public static final String TLS_CRT = "tls.crt";
  public static final String TLS_KEY = "tls.key";
  public static final String CA_CRT = "ca.crt";
  public static final String CA_KEY = "ca.key";

  // types
  public static final String BASIC_AUTH = "kubernetes.io/basic-auth";
  public static final String TLS = "kubernetes.io/tls";
  public static final String OPAQUE = "Opaque";

  private SecretKeys() {}
}
