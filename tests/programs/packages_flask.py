"""Flask in a threading server, fetched by requests from eight threads."""
# timeout: 120
import threading, json, logging
from flask import Flask, request, jsonify, session, render_template_string, abort
import requests
from werkzeug.serving import make_server
app = Flask(__name__); app.secret_key = b'k'
logging.getLogger('werkzeug').setLevel(logging.ERROR)
@app.route('/sum', methods=['POST'])
def sum_(): return jsonify(sum=sum(request.get_json()['xs']))
@app.route('/t/<name>')
def t(name): return render_template_string('<p>{{ name|upper }}{% for i in range(n) %}[{{ i }}]{% endfor %}</p>', name=name, n=int(request.args.get('n', 3)))
@app.route('/login')
def login(): session['u'] = request.args['u']; return 'ok'
@app.route('/me')
def me():
    if 'u' not in session: abort(401)
    return session['u']
@app.route('/up', methods=['POST'])
def up():
    f = request.files['f']; return jsonify(name=f.filename, n=len(f.read()), form=dict(request.form))
@app.errorhandler(401)
def no(e): return 'who? ' + str(e), 401
@app.route('/boom')
def boom(): raise ZeroDivisionError
srv = make_server('127.0.0.1', 0, app, threaded=True)
base = f'http://127.0.0.1:{srv.server_port}'
th = threading.Thread(target=srv.serve_forever); th.start()
out = {}
def work(k):
    r = []
    with requests.Session() as s:
        for i in range(10):
            r.append(s.post(base + '/sum', json={'xs': list(range(k + i))}).json()['sum'])
        r.append(s.get(base + f'/t/n{k}?n={k}').text)
        r.append(s.get(base + '/me').text)
        r.append(s.get(base + '/login', params={'u': f'user{k}'}).text)
        r.append(s.get(base + '/me').text)
        r.append(s.post(base + '/up', files={'f': ('a.bin', b'x' * (1000 * k))}, data={'a': 'ä'}).json())
        r.append(s.get(base + '/nope').status_code)
        app.logger.disabled = True
        r.append(s.get(base + '/boom').status_code)
    out[k] = r
ws = [threading.Thread(target=work, args=(k,)) for k in range(8)]
for w in ws: w.start()
for w in ws: w.join()
srv.shutdown(); th.join()
for k in sorted(out): print(k, out[k])
