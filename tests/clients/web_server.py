"""A local nginx that lets nobody in without a certificate of the specimen's authentication CA."""

import os

import client

NGINX = "/usr/sbin/nginx"
PORT = 8443

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr notice;
worker_processes 1;
events {{ worker_connections 16; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.key;
        ssl_client_certificate {folder}/trusted.pem;
        ssl_verify_client on;
        ssl_verify_depth 3;
        ssl_protocols {protocol};
        {more}
        location / {{ return 200 "$ssl_client_verify $ssl_protocol $ssl_client_s_dn\\n"; }}
    }}
}}
"""


def start(test, protocol, more=""):
    """Its own certificate, test.folder/server.pem, is good for 127.0.0.1 and for nothing else."""
    client.run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
        "-noenc", "-days", "1", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", test.folder / "server.key", "-out", test.folder / "server.pem",
    )
    path = test.folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    path.write_text(user + CONFIGURATION.format(
        folder=test.folder, port=PORT, protocol=protocol, more=more))
    test.start_server(
        [NGINX, "-p", test.folder, "-c", path, "-e", "stderr"], "start worker process ")
    return f"https://127.0.0.1:{PORT}/"
