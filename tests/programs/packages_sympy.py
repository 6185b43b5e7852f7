"""sympy and mpmath: calculus, equations, matrices, printing."""
# timeout: 180
import sympy as sp, mpmath as mp
x,y=sp.symbols('x y')
print(sp.integrate(sp.exp(-x**2)*sp.cos(x),(x,-sp.oo,sp.oo)), sp.diff(sp.sin(x)**sp.cos(x),x), sp.solve([x**2+y**2-5,x*y-2],[x,y]))
print(sp.factor(x**6-1), sp.series(sp.tan(x),x,0,8), sp.limit((1+1/x)**x,x,sp.oo), sp.Matrix([[1,2],[3,4]]).eigenvals())
print(sp.latex(sp.Integral(sp.sqrt(1/x),x)), sp.simplify(sp.sin(x)**2+sp.cos(x)**2), sp.factorint(2**67-1), sp.pi.evalf(60))
f=sp.Function('f'); print(sp.dsolve(f(x).diff(x,2)+f(x),f(x))); sp.pprint(sp.Integral(x**2/y,x))
print(sp.summation(1/x**2,(x,1,sp.oo)), sp.apart(1/(x**3+1)), sp.lambdify(x,sp.sin(x)+x**2)(1.0), sp.parse_expr('2*x+sin(y)**3'))
mp.mp.dps=50; print(mp.zeta(3), mp.quad(lambda t: mp.exp(-t*t),[0,mp.inf]), mp.findroot(mp.cos,1), mp.matrix([[1,2],[3,4]])**-1, mp.nsum(lambda n:1/n**2,[1,mp.inf]), mp.gamma(0.5), mp.besselj(1,2))
z=sp.Symbol('z')  # in one thread: sympy's symbols learn what they are asked, without locks
print([str(sp.expand((z+1)**20).coeff(z,10))+str(sp.integrate(z**i*sp.sin(z),z)) for i in range(4)])
